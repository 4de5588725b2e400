<?php
/* A redirect keeps what changed, with exit and without.
requests = ["to=/a", "to=/b&exit=1", "status=303&to=/c", "end=1"]
*/
session_start();
if (isset($_GET['to'])) {
    $_SESSION['went'][] = $_GET['to'];
    header("Location: {$_GET['to']}", true, (int) ($_GET['status'] ?? 0));
    if (isset($_GET['exit'])) {
        exit;
    }
}
print_r($_SESSION);
