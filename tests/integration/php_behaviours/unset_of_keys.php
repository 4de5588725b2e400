<?php
/* A key that is unset is gone, also when it comes and goes within one request.
requests = 3
*/
session_start();
if ($_GET['n'] === '1') {
    $_SESSION = ['a' => 1, 'b' => 2, 'c' => ['x' => 1, 'y' => 2]];
} elseif ($_GET['n'] === '2') {
    unset($_SESSION['a'], $_SESSION['c']['x'], $_SESSION['absent']);
    $_SESSION['brief'] = 1;
    unset($_SESSION['brief']);
}
var_dump($_SESSION);
