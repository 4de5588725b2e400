<?php
/* Requests at once of a visitor without a session: each begins its own.
requests = [{parallel = 3}]
*/
session_start();
$_SESSION['i'] = $_GET['i'];
echo $_SESSION['i'], "\n";
