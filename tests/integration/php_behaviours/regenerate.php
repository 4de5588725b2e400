<?php
/* session_regenerate_id() keeps the data; what the browser had before still holds them as they were.
requests = ["", "", "", {jar = 1}]

[[differs]]
why = "session_id() stays, the token is another; the one of before is dead at once, and nothing is kept under it"
request = 2
files = '''
session cookie: of a new id

bool(true)
another id'''
gateway = '''
session cookie: of an id before

bool(true)
same id'''

[[differs]]
why = "session_id() stays, the token is another; the one of before is dead at once, and nothing is kept under it"
request = 4
files = '''
array(1) {
  ["a"]=>
  int(1)'''
gateway = "array(0) {"
*/
session_start();
$before = session_id();
if ($_GET['n'] === '1') {
    $_SESSION['a'] = 1;
} elseif ($_GET['n'] === '2') {
    var_dump(session_regenerate_id());
    $_SESSION['b'] = 2;
}
echo session_id() === $before ? 'same' : 'another', " id\n";
var_dump($_SESSION);
