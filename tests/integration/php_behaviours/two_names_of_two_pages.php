<?php
/* Two parts of a site with a name each, in different requests.
requests = ["part=A", "part=B", "part=A", "part=B"]
names = ["A", "B"]

[[differs]]
why = "the visitor has one cookie for both"
request = 2
files = '''
pragma: no-cache
session cookie: of a new id'''
gateway = "pragma: no-cache"
*/
session_name($_GET['part']);
session_start();
$_SESSION['parts'][] = $_GET['part'];
echo implode(' ', $_SESSION['parts']), "\n";
