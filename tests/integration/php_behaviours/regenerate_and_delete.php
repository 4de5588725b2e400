<?php
/* session_regenerate_id(true) keeps the data; what the browser had before is worth nothing.
requests = ["", "", "", {jar = 1}]

[[differs]]
why = "session_id() stays, the token is another"
request = 2
files = '''
session cookie: of a new id

bool(true)
another id'''
gateway = '''
session cookie: of an id before

bool(true)
same id'''
*/
session_start();
$before = session_id();
if ($_GET['n'] === '1') {
    $_SESSION['a'] = 1;
} elseif ($_GET['n'] === '2') {
    var_dump(session_regenerate_id(true));
    $_SESSION['b'] = 2;
}
echo session_id() === $before ? 'same' : 'another', " id\n";
var_dump($_SESSION);
