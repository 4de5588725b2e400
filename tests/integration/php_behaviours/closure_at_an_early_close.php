<?php
/* The exception can be caught where the session is closed.
requests = 3

[[differs]]
why = "PHP leaves half a session behind that it cannot read; here what could be written before stays"
request = 3
files = '''
content-type: text/html; charset=UTF-8


Warning: session_start(): Failed to decode session object. Session has been destroyed in /closure_at_an_early_close/index.php on line 2
visits
1'''
gateway = '''
cache-control: no-store, no-cache, must-revalidate
content-type: text/html; charset=UTF-8
expires: Thu, 19 Nov 1981 08:52:00 GMT
pragma: no-cache

visits
2'''

[[differs]]
why = "PHP leaves half a session behind that it cannot read; here what could be written before stays"
request = 3
files = '''
visits
2'''
gateway = '''
visits
3'''
*/
session_start();
$_SESSION['visits'] = ($_SESSION['visits'] ?? 0) + 1;
if ($_GET['n'] === '2') {
    $_SESSION['closure'] = fn () => 1;
    try {
        session_write_close();
        echo "closed\n";
    } catch (Exception $e) {
        echo get_class($e), ': ', $e->getMessage(), "\n";
    }
    var_dump(session_status() === PHP_SESSION_ACTIVE);
    unset($_SESSION['closure']);
}
echo implode(' ', array_keys($_SESSION)), "\n", $_SESSION['visits'], "\n";
