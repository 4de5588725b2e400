<?php
/* session_destroy() ends it: the next request has none of it.
requests = 4
*/
session_start();
if ($_GET['n'] === '1') {
    $_SESSION['a'] = 1;
} elseif ($_GET['n'] === '2') {
    var_dump(session_destroy(), $_SESSION, session_id(), session_status() === PHP_SESSION_ACTIVE, session_destroy());
} elseif ($_GET['n'] === '3') {
    var_dump($_SESSION);
    $_SESSION['b'] = 2;
}
var_dump($_SESSION);
