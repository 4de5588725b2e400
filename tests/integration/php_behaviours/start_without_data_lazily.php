<?php
/* create = "lazy": a session exists from its first value on.
requests = ["", "", "set=1", ""]
adapter = {create = "lazy"}

[[differs]]
why = "that is what create: lazy is for"
request = 1
files = '''
pragma: no-cache
session cookie: of a new id'''
gateway = "pragma: no-cache"

[[differs]]
why = "that is what create: lazy is for"
request = 2
files = "known 0"
gateway = "new 0"

[[differs]]
why = "that is what create: lazy is for"
request = 3
files = '''

known 1'''
gateway = '''
session cookie: of a new id

new 1'''
*/
session_start();
if (isset($_GET['set'])) {
    $_SESSION['a'] = 1;
}
echo isset($_COOKIE['PHPSESSID']) ? 'known' : 'new', ' ', count($_SESSION), "\n";
