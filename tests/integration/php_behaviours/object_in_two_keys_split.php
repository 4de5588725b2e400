<?php
/* An object in two keys, with one attribute for each key.
requests = 3
*/
session_start();
if ($_GET['n'] === '1') {
    $_SESSION['a'] = $_SESSION['b'] = new stdClass();
} elseif ($_GET['n'] === '2') {
    $_SESSION['a']->seen = 'in both';
}
var_dump($_SESSION['a'] === $_SESSION['b'], isset($_SESSION['a']->seen), isset($_SESSION['b']->seen));
