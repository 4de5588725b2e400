<?php
/* The largest integers come back, and stay integers.
*/
session_start();
if ($_GET['n'] === '1') {
    $_SESSION = ['max' => PHP_INT_MAX, 'min' => PHP_INT_MIN, 'beyond doubles' => 2 ** 53 + 1, 'all' => [PHP_INT_MAX, PHP_INT_MIN, -(2 ** 53) - 1]];
}
var_dump($_SESSION);
