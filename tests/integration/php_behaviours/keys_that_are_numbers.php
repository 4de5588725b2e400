<?php
/* A number is no key of a session: PHP says so and leaves it out.
*/
session_start();
if ($_GET['n'] === '1') {
    $_SESSION['kept'] = 1;
    $_SESSION[5] = 'five';
    $_SESSION['7'] = 'seven';
    $_SESSION[] = 'next';
    session_write_close();
}
var_dump($_SESSION);
