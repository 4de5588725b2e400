<?php
/* session_name($name) before the start; data are kept under it.
requests = 3
names = ["SHOP"]
*/
var_dump(session_name('SHOP'), session_name());
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
var_dump($_SESSION['count'], isset($_COOKIE['SHOP']), isset($_COOKIE['PHPSESSID']));
