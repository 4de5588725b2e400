<?php
/* An application that only deletes the session's cookie.
requests = ["", "forget=1", ""]

[[differs]]
why = "only session_destroy() ends a session: the cookie is the gateway's"
request = 2
files = '''
pragma: no-cache
session cookie: cleared'''
gateway = "pragma: no-cache"

[[differs]]
why = "only session_destroy() ends a session: the cookie is the gateway's"
request = 3
files = '''
session cookie: of a new id

1'''
gateway = '''

3'''
*/
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
if (isset($_GET['forget'])) {
    setcookie(session_name(), '', time() - 3600, '/');
}
echo $_SESSION['count'], "\n";
