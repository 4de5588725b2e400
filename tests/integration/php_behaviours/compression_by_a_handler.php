<?php
/* ob_start('ob_gzhandler').
requests = [{headers = {"Accept-Encoding" = "gzip"}}, {headers = {"Accept-Encoding" = "gzip"}}, ""]
*/
ob_start('ob_gzhandler');
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
echo str_repeat("a compressible line\n", 500), $_SESSION['count'], "\n";
