<?php
/* A save_path that is not there.

[[differs]]
why = "no file is opened"
request = 1
files = '''
content-type: text/html; charset=UTF-8
session cookie: of a new id

bool(false)'''
gateway = '''
cache-control: no-store, no-cache, must-revalidate
content-type: text/html; charset=UTF-8
expires: Thu, 19 Nov 1981 08:52:00 GMT
pragma: no-cache
session cookie: of a new id

bool(true)'''

[[differs]]
why = "no file is opened"
request = 2
files = '''
content-type: text/html; charset=UTF-8

bool(false)
array(1) {
  ["count"]=>
  int(1)'''
gateway = '''
cache-control: no-store, no-cache, must-revalidate
content-type: text/html; charset=UTF-8
expires: Thu, 19 Nov 1981 08:52:00 GMT
pragma: no-cache

bool(true)
array(1) {
  ["count"]=>
  int(2)'''
*/
ini_set('session.save_path', '/nonexistent');
var_dump(@session_start());
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
var_dump($_SESSION);
