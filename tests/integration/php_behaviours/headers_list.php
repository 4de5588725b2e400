<?php
/* What headers_list() shows of the session.
requests = 2

[[differs]]
why = "the changes stand among the headers until the gateway takes them out; PHP's cookie does not"
request = 1
files = '''
Set-Cookie: PHPSESSID=…; path=…
Expires: Thu, 19 Nov 1981 08:52:00 GMT
Cache-Control: no-store, no-cache, must-revalidate
Pragma: no-cache'''
gateway = '''
Expires: Thu, 19 Nov 1981 08:52:00 GMT
Cache-Control: no-store, no-cache, must-revalidate
Pragma: no-cache
X-Session-Update: {"a":"1","$php":{"name":"PHPSESSID"}}'''

[[differs]]
why = "the changes stand among the headers until the gateway takes them out; PHP's cookie does not"
request = 2
files = "Pragma: no-cache"
gateway = '''
Pragma: no-cache
X-Session-Update: {"a":"2"}'''
*/
session_start();
$_SESSION['a'] = $_GET['n'];
session_write_close();
header('X-Own: 1');
foreach (headers_list() as $line) {
    echo preg_replace('/=[^;]*/', '=…', $line), "\n";
}
