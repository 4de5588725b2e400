<?php
/* read_and_close reads, and keeps no change.
requests = 3
*/
if ($_GET['n'] === '2') {
    var_dump(session_start(['read_and_close' => true]), session_status() === PHP_SESSION_ACTIVE, $_SESSION, session_id() === $_COOKIE['PHPSESSID']);
    $_SESSION['a'] = 'changed';
    $_SESSION['b'] = 'added';
} else {
    session_start();
    $_SESSION['a'] ??= 'old';
}
var_dump($_SESSION);
