<?php
/* A new id cannot be sent when the header is out: a warning, and the session goes on.
requests = 3
ini = {output_buffering = "0"}
*/
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
echo "the page begins\n";
var_dump(session_regenerate_id(), $_SESSION);
