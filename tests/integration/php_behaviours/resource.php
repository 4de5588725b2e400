<?php
/* A resource becomes 0.
*/
session_start();
if ($_GET['n'] === '1') {
    $_SESSION['file'] = fopen('php://memory', 'r');
    $_SESSION['in an array'] = ['f' => $_SESSION['file']];
    session_write_close();
    session_start();
}
var_dump($_SESSION);
