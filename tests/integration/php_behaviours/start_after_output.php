<?php
/* A start after output is a warning, and there is no session.
requests = 2
ini = {output_buffering = "0"}
*/
echo "output\n";
var_dump(session_start());
$_SESSION['a'] = 1;
var_dump($_SESSION, session_id(), session_status() === PHP_SESSION_ACTIVE);
