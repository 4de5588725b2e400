<?php
/* A start after output, with a session of before.
requests = ["", "late=1", "late=1"]
ini = {output_buffering = "0"}
*/
if (isset($_GET['late'])) {
    echo "output\n";
}
var_dump(@session_start());
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
var_dump($_SESSION);
