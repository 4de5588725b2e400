<?php
/* HEAD changes as GET does.
requests = [{method = "HEAD"}, {method = "HEAD"}, ""]
*/
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
header("X-Count: {$_SESSION['count']}");
echo str_repeat('a body that nobody gets ', 10);
$_SESSION['after'] = ($_SESSION['after'] ?? 0) + 1;
print_r($_SESSION);
