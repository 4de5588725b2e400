<?php
/* An application that removes every header in the request that begins its session.
requests = 2

[[differs]]
why = "the token is no header of PHP's, so the application cannot remove it; the session goes on"
request = 1
files = "content-type: text/plain;charset=UTF-8"
gateway = '''
cache-control: no-store
content-type: text/plain;charset=UTF-8
session cookie: of a new id'''

[[differs]]
why = "the token is no header of PHP's, so the application cannot remove it; the session goes on"
request = 2
files = '''
content-type: text/plain;charset=UTF-8

1'''
gateway = '''
cache-control: no-store
content-type: text/plain;charset=UTF-8

2'''
*/
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
header_remove();
header('Content-Type: text/plain');
echo $_SESSION['count'], "\n";
