<?php
/* unset($_SESSION) loses the variable, not what was kept.
requests = 3
*/
session_start();
if ($_GET['n'] === '1') {
    $_SESSION['a'] = 1;
} elseif ($_GET['n'] === '2') {
    $_SESSION['b'] = 2;
    unset($_SESSION);
    var_dump(isset($_SESSION), session_status() === PHP_SESSION_ACTIVE);
    $_SESSION['c'] = 3;
}
var_dump($_SESSION);
