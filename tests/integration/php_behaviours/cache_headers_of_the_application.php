<?php
/* What the application says of caching itself stays.
*/
session_start();
$_SESSION['n'] = $_GET['n'];
header('Cache-Control: private, max-age=5');
header('Expires: Thu, 01 Jan 2099 00:00:00 GMT');
header('Vary: Accept-Language');
header_remove('Pragma');
