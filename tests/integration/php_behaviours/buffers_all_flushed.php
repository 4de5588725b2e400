<?php
/* An application that flushes every buffer there is.
requests = 3
*/
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
while (@ob_end_flush());
ob_implicit_flush();
echo "now\n";
$_SESSION['later'] = ($_SESSION['later'] ?? 0) + 1;
print_r($_SESSION);
