<?php
/* session_id() is from the first request on what the next request's cookie says.
requests = 3
*/
session_start();
$_SESSION['ids'][] = session_id();
var_dump(count(array_unique($_SESSION['ids'])), session_id() === ($_COOKIE[session_name()] ?? session_id()), count($_COOKIE) > 0, isset($_COOKIE['PHPSESSID']));
echo 'id ', session_id(), "\n";
