<?php
/* output_handler, as a setting: a callback around everything.
requests = 2
ini = {output_handler = "ob_iconv_handler"}
*/
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
print_r(ob_list_handlers());
echo 'count ', $_SESSION['count'], "\n";
