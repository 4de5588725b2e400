<?php
/* An application that sets the session's cookie itself, to make it last.
requests = 3
*/
session_start();
setcookie(session_name(), session_id(), time() + 3600, '/');
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
echo $_SESSION['count'], "\n";
