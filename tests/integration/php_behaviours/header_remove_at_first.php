<?php
/* An application that removes every header in the request that begins its session.
requests = 2
*/
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
header_remove();
header('Content-Type: text/plain');
echo $_SESSION['count'], "\n";
