<?php
/* Logout as PHP's manual shows it: empty it, delete the cookie, destroy it.
requests = 4
*/
session_start();
if ($_GET['n'] === '1') {
    $_SESSION['user'] = 'alice';
} elseif ($_GET['n'] === '2') {
    $_SESSION = [];
    if (ini_get('session.use_cookies')) {
        $params = session_get_cookie_params();
        setcookie(session_name(), '', time() - 42000, $params['path'], $params['domain'], $params['secure'], $params['httponly']);
    }
    session_destroy();
}
var_dump($_SESSION);
