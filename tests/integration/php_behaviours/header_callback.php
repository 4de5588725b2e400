<?php
/* An application's own header_register_callback() is called, once, before the header.
requests = 3
*/
header_register_callback(function (): void {
    header('X-Called: ' . ($_SESSION['count'] ?? 'none'));
    $_SESSION['by the callback'] = $_GET['n'];
});
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
print_r($_SESSION);
