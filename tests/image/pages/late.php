<?php
// Writes to its session when the header has gone out: that takes the session API.
session_start();
header('Content-Type: text/plain');
echo 'late: ', $_SESSION['late'] ?? 'nothing';
while (ob_get_level() > 0) {
    ob_end_flush();
}
flush();
$_SESSION['late'] = $_GET['write'] ?? $_SESSION['late'] ?? 'nothing';
session_write_close();
