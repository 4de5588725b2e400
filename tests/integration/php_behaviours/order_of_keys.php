<?php
/* Keys stay in the order in which they came.
requests = 4
*/
session_start();
if ($_GET['n'] === '1') {
    $_SESSION = ['zebra' => 1, 'apple' => 2, 'mango' => 3, 'a' => 4, 'aa' => 5];
} elseif ($_GET['n'] === '2') {
    $_SESSION['apple'] = 'changed in place';
    $_SESSION['last'] = 6;
} elseif ($_GET['n'] === '3') {
    unset($_SESSION['zebra']);
    $_SESSION['zebra'] = 'now the last';
}
var_dump($_SESSION);
