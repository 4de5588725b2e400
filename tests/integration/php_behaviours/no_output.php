<?php
/* A page without a byte.
requests = 3
*/
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
header("X-Count: {$_SESSION['count']}");
