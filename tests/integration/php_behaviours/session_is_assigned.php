<?php
/* $_SESSION = […] replaces everything.
requests = 4
*/
session_start();
if ($_GET['n'] === '1') {
    $_SESSION = ['a' => 1, 'b' => ['x']];
} elseif ($_GET['n'] === '2') {
    $_SESSION = ['b' => ['x'], 'c' => 3];
} elseif ($_GET['n'] === '3') {
    $_SESSION = [];
}
var_dump($_SESSION);
