<?php
/* An application that only deletes the session's cookie.
requests = ["", "forget=1", ""]
*/
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
if (isset($_GET['forget'])) {
    setcookie(session_name(), '', time() - 3600, '/');
}
echo $_SESSION['count'], "\n";
