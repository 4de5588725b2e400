<?php
/* What stands in $_SESSION before the start is gone after it.
requests = 2
*/
$_SESSION = ['early' => 1];
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
print_r($_SESSION);
