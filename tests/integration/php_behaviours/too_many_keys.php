<?php
/* More than 256 keys.
requests = 3
*/
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
if ($_GET['n'] === '2') {
    for ($i = 0; $i < 300; $i++) {
        $_SESSION["key$i"] = $i;
    }
}
echo $_SESSION['count'], ' ', count($_SESSION), "\n";
