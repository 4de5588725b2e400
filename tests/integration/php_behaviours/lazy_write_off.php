<?php
/* session.lazy_write = 0.
requests = 3
ini = {"session.lazy_write" = "0"}
*/
session_start();
$_SESSION['first'] ??= 'set once';
var_dump($_SESSION);
