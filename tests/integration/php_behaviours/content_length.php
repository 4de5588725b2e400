<?php
/* A Content-Length of the application's own.
requests = 2
*/
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
$text = "count {$_SESSION['count']}\n";
header('Content-Length: ' . strlen($text));
echo $text;
