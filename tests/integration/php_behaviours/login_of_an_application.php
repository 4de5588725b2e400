<?php
/* Log in, work, log out, as applications do it.
requests = ["", "user=alice", "", "", "logout=1", ""]
*/
session_start();
if (isset($_GET['user'])) {
    session_regenerate_id(true);
    $_SESSION = ['user' => $_GET['user'], 'since' => 'today', 'token' => 'csrf'];
} elseif (isset($_GET['logout'])) {
    $_SESSION = [];
    session_destroy();
} elseif (isset($_SESSION['user'])) {
    $_SESSION['pages'] = ($_SESSION['pages'] ?? 0) + 1;
}
echo 'user ', $_SESSION['user'] ?? 'nobody', ', pages ', $_SESSION['pages'] ?? 0, "\n";
