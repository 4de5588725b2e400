<?php
/* output_buffering = 0: the header goes out with the first letter.
requests = 3
ini = {output_buffering = "0"}
*/
session_start();
var_dump(ob_get_level(), headers_sent());
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
var_dump(headers_sent(), $_SESSION['count']);
