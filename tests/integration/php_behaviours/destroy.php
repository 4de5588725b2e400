<?php
/* session_destroy() ends it: the next request has none of it.
requests = 4

[[differs]]
why = "the cookie of a session that has ended is cleared, and the next session has an id of its own"
request = 2
files = "pragma: no-cache"
gateway = '''
pragma: no-cache
session cookie: cleared'''

[[differs]]
why = "the cookie of a session that has ended is cleared, and the next session has an id of its own"
request = 3
files = "pragma: no-cache"
gateway = '''
pragma: no-cache
session cookie: of a new id'''
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
