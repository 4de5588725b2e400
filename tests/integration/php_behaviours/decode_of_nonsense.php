<?php
/* session_decode() of what is no session ends the session, with a warning.
*/
session_start();
if ($_GET['n'] === '1') {
    $_SESSION['a'] = 1;
    var_dump(session_decode('b|x:nonsense'), session_status() === PHP_SESSION_ACTIVE);
}
var_dump($_SESSION);
