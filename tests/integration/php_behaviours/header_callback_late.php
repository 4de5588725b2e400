<?php
/* So it is when it is registered after the start, and after the change.
requests = 3
*/
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
session_write_close();
header_register_callback(fn () => header('X-Called: yes'));
print_r($_SESSION);
