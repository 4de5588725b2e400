<?php
/* After session_destroy() another start in the same request makes an empty session.
requests = 4

[[differs]]
why = "the session that begins anew has the same id, and a new token"
request = 2
files = "pragma: no-cache"
gateway = '''
pragma: no-cache
session cookie: of an id before'''
*/
session_start();
if ($_GET['n'] === '1') {
    $_SESSION['user'] = 'alice';
} elseif ($_GET['n'] === '2') {
    session_destroy();
    var_dump(session_start(), $_SESSION);
    $_SESSION['message'] = 'you have been logged out';
}
var_dump($_SESSION);
