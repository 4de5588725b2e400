<?php
/* session.use_cookies = 0: no cookie, and each request is a new visitor's.
requests = 2
ini = {"session.use_cookies" = "0", "session.use_only_cookies" = "0"}

[[differs]]
why = "the cookie is the gateway's, and does not depend on PHP's settings"
request = 1
files = "pragma: no-cache"
gateway = '''
pragma: no-cache
session cookie: of a new id'''

[[differs]]
why = "the cookie is the gateway's, and does not depend on PHP's settings"
request = 2
files = '''

1'''
gateway = '''

2'''
*/
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
echo $_SESSION['count'], "\n";
