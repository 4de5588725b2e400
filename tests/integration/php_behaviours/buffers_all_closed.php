<?php
/* An application that closes every buffer there is, as many do before a download.
requests = 3
*/
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
echo "thrown away\n";
while (ob_get_level() > 0) {
    ob_end_clean();
}
header('Content-Type: application/octet-stream');
echo 'download ', $_SESSION['count'];
$_SESSION['after'] = ($_SESSION['after'] ?? 0) + 1;
flush();
$_SESSION['last'] = ($_SESSION['last'] ?? 0) + 1;
echo json_encode($_SESSION);
