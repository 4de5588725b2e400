<?php
/* read_and_close, and later in the same request a start that writes.
requests = 3
*/
session_start(['read_and_close' => true]);
$seen = $_SESSION['count'] ?? 0;
session_start();
$_SESSION['count'] = $seen + 1;
var_dump($_SESSION);
