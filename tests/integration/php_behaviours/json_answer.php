<?php
/* An answer of JSON that is built after the close.
requests = 2
*/
session_start(['cache_limiter' => '']);
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
session_write_close();
header('Content-Type: application/json');
echo json_encode($_SESSION);
