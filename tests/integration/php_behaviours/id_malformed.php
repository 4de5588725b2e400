<?php
/* A cookie that cannot be an id.
requests = [{cookies = {PHPSESSID = "../../etc/passwd"}}, {cookies = {PHPSESSID = ""}, jar = 0}]

[[differs]]
why = "what the client says in PHP's cookie does not matter"
request = 1
files = '''
content-type: text/html; charset=UTF-8


Warning: session_start(): Session ID is too long or contains illegal characters. Only the A-Z, a-z, 0-9, "-", and "," characters are allowed in /id_malformed/index.php on line 2

Warning: session_start(): Failed to read session data: files (path: /sessions) in /id_malformed/index.php on line 2
bool(false)
bool(true)
bool(false)'''
gateway = '''
cache-control: no-store, no-cache, must-revalidate
content-type: text/html; charset=UTF-8
expires: Thu, 19 Nov 1981 08:52:00 GMT
pragma: no-cache
session cookie: of a new id

bool(true)
bool(true)
bool(true)'''
*/
var_dump(session_start());
$_SESSION['a'] = 1;
var_dump(session_id() !== '../../etc/passwd', session_id() !== '');
