<?php
/* An answer of JSON that is built after the close.
requests = 2

[[differs]]
why = "a response that sets a token or changes the session is never cached, unless the application says how"
request = 1
files = "200"
gateway = '''
200
cache-control: no-store'''

[[differs]]
why = "a response that sets a token or changes the session is never cached, unless the application says how"
request = 2
files = "200"
gateway = '''
200
cache-control: no-store'''
*/
session_start(['cache_limiter' => '']);
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
session_write_close();
header('Content-Type: application/json');
echo json_encode($_SESSION);
