<?php
/* zlib.output_compression.
requests = [{headers = {"Accept-Encoding" = "gzip"}}, {headers = {"Accept-Encoding" = "gzip"}}, ""]
ini = {"zlib.output_compression" = "1"}
*/
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
echo str_repeat("a compressible line\n", 500), $_SESSION['count'], "\n";
