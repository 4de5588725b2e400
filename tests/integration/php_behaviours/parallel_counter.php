<?php
/* Twenty requests at once that count: none is lost where the route has lock = "exclusive".
requests = ["", {parallel = 20}, ""]
route = {lock = "exclusive", lock_wait = "60s"}
*/
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
if (!isset($_GET['i'])) {
    echo $_SESSION['count'], "\n";
}
