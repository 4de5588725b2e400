<?php
/* A value of more than 512 KiB.
requests = 3

[[differs]]
why = "session.max_value: the request is refused, and the log says why"
request = 2
files = '''
200
cache-control: no-store, no-cache, must-revalidate
content-type: text/html; charset=UTF-8
expires: Thu, 19 Nov 1981 08:52:00 GMT
pragma: no-cache

2 600000'''
gateway = '''
502
cache-control: no-store
content-type: application/problem+json

{"type":"urn:sessiongate:problem:bad-directive","title":"The application asked for something impossible","status":502,"request_id":"…"}'''

[[differs]]
why = "session.max_value: the request is refused, and the log says why"
request = 3
files = "3 600000"
gateway = "2 0"
*/
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
if ($_GET['n'] === '2') {
    $_SESSION['large'] = str_repeat('x', 600_000);
}
echo $_SESSION['count'], ' ', strlen($_SESSION['large'] ?? ''), "\n";
