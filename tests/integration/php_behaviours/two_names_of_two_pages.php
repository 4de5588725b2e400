<?php
/* Two parts of a site with a name each, in different requests.
requests = ["part=A", "part=B", "part=A", "part=B"]
names = ["A", "B"]
*/
session_name($_GET['part']);
session_start();
$_SESSION['parts'][] = $_GET['part'];
echo implode(' ', $_SESSION['parts']), "\n";
