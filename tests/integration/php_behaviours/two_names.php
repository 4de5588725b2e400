<?php
/* Two sessions of one visitor in one request, each with a name and data of its own.
requests = 3
names = ["FRONT", "BACK"]

[[differs]]
why = "one visitor has one session: a second id in the same request is refused, with what to do instead"
request = 1
files = '''
session cookie: of a new id

array(1) {
  ["front"]=>
  int(1)
}'''
gateway = '''

array(1) {
  ["front"]=>
  int(1)
}

Warning: sessiongate: the application opens a session by an id of its own; the gateway chooses ids. Remove session_id(...), or keep such data elsewhere in the adapter

Warning: session_start(): Failed to read session data: user (path: /sessions) in /two_names/index.php on line 9'''

[[differs]]
why = "one visitor has one session: a second id in the same request is refused, with what to do instead"
request = 2
files = '''
array(1) {
  ["back"]=>
  int(20)'''
gateway = '''

Warning: sessiongate: the application opens a session by an id of its own; the gateway chooses ids. Remove session_id(...), or keep such data elsewhere in the adapter

Warning: session_start(): Failed to read session data: user (path: /sessions) in /two_names/index.php on line 9
array(1) {
  ["back"]=>
  int(10)'''

[[differs]]
why = "one visitor has one session: a second id in the same request is refused, with what to do instead"
request = 3
files = '''
array(1) {
  ["back"]=>
  int(30)'''
gateway = '''

Warning: sessiongate: the application opens a session by an id of its own; the gateway chooses ids. Remove session_id(...), or keep such data elsewhere in the adapter

Warning: session_start(): Failed to read session data: user (path: /sessions) in /two_names/index.php on line 9
array(1) {
  ["back"]=>
  int(10)'''
*/
session_name('FRONT');
session_start();
$_SESSION['front'] = ($_SESSION['front'] ?? 0) + 1;
var_dump($_SESSION);
session_write_close();
session_name('BACK');
session_id($_COOKIE['BACK'] ?? session_create_id());
session_start();
$_SESSION['back'] = ($_SESSION['back'] ?? 0) + 10;
var_dump($_SESSION);
