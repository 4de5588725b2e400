<?php
/* session_decode() of what is no session ends the session, with a warning.

[[differs]]
why = "no session comes to be that is destroyed in the same request, so there is no cookie for it"
request = 1
files = '''
pragma: no-cache
session cookie: of a new id'''
gateway = "pragma: no-cache"

[[differs]]
why = "no session comes to be that is destroyed in the same request, so there is no cookie for it"
request = 2
files = "pragma: no-cache"
gateway = '''
pragma: no-cache
session cookie: of a new id'''
*/
session_start();
if ($_GET['n'] === '1') {
    $_SESSION['a'] = 1;
    var_dump(session_decode('b|x:nonsense'), session_status() === PHP_SESSION_ACTIVE);
}
var_dump($_SESSION);
