<?php
/* Two sessions of one visitor in one request, each with a name and data of its own.
requests = 3
names = ["FRONT", "BACK"]

[[differs]]
why = "the visitor has one cookie for both"
request = 1
files = '''
session cookie: of a new id
session cookie: of a new id'''
gateway = "session cookie: of a new id"
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
