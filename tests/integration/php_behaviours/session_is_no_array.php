<?php
/* $_SESSION = 'text' keeps what was there before.
requests = 3
*/
session_start();
if ($_GET['n'] === '1') {
    $_SESSION['a'] = 1;
} elseif ($_GET['n'] === '2') {
    $_SESSION = 'text';
}
var_dump($_SESSION);
