<?php
/* gc_probability = gc_divisor: every start collects.
requests = 3
ini = {"session.gc_probability" = "1", "session.gc_divisor" = "1", "session.gc_maxlifetime" = "100000"}
*/
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
echo $_SESSION['count'];
