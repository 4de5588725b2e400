<?php
/* Twenty requests at once, each with a key of its own: all are kept.
requests = ["", {parallel = 20}, ""]
*/
session_start();
if (isset($_GET['i'])) {
    $_SESSION["key{$_GET['i']}"] = $_GET['i'];
    echo 'set ', $_GET['i'], "\n";
} else {
    $_SESSION['first'] ??= true;
    ksort($_SESSION);
    print_r($_SESSION);
}
