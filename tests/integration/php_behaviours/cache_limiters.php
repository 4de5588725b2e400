<?php
/* Each limiter's headers.
requests = ["limiter=nocache", "limiter=private", "limiter=private_no_expire", "limiter=public", "limiter=", "limiter=unknown"]

[[differs]]
why = "a response that sets a token or changes the session is never cached, unless the application says how"
request = 5
files = "200"
gateway = '''
200
cache-control: no-store'''

[[differs]]
why = "a response that sets a token or changes the session is never cached, unless the application says how"
request = 6
files = "200"
gateway = '''
200
cache-control: no-store'''
*/
var_dump(session_cache_limiter($_GET['limiter']), session_cache_limiter());
session_start();
$_SESSION['n'] = $_GET['n'];
