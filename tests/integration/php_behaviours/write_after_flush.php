<?php
/* What changes when the header is out is kept all the same.
requests = 3
ini = {output_buffering = "0"}
*/
session_start();
echo "the page begins\n";
flush();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
$_SESSION['log'][] = $_GET['n'];
echo 'count ', $_SESSION['count'], "\n";
