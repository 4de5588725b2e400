<?php
/* serialize_precision says how exactly floats are kept.
requests = 3
*/
ini_set('serialize_precision', $_GET['n'] === '1' ? '5' : '17');
session_start();
if ($_GET['n'] === '1') {
    $_SESSION['third'] = 1 / 3;
} elseif ($_GET['n'] === '2') {
    $_SESSION['tenth'] = 0.1;
}
var_dump($_SESSION);
