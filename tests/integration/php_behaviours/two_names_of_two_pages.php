<?php
/* Two parts of a site with a name each, in different requests.
requests = ["part=A", "part=B", "part=A", "part=B"]
names = ["A", "B"]

[[differs]]
why = "one visitor has one session, whatever its name"
request = 2
files = '''
session cookie: of a new id

B'''
gateway = '''

A B'''

[[differs]]
why = "one visitor has one session, whatever its name"
request = 3
files = "A A"
gateway = "A B A"

[[differs]]
why = "one visitor has one session, whatever its name"
request = 4
files = "B B"
gateway = "A B A B"
*/
session_name($_GET['part']);
session_start();
$_SESSION['parts'][] = $_GET['part'];
echo implode(' ', $_SESSION['parts']), "\n";
