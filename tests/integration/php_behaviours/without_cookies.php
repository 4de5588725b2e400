<?php
/* session.use_cookies = 0: no cookie, and each request is a new visitor's.
requests = 2
ini = {"session.use_cookies" = "0", "session.use_only_cookies" = "0"}
*/
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
echo $_SESSION['count'], "\n";
