<?php
/* A session lives under any of PHP's cookie settings.
requests = 3
ini = {"session.cookie_lifetime" = "3600", "session.cookie_httponly" = "1", "session.cookie_samesite" = "Strict"}
*/
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
echo $_SESSION['count'];
