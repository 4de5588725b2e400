<?php
/* 255 keys.
requests = 3
*/
session_start();
if ($_GET['n'] === '1') {
    for ($i = 0; $i < 255; $i++) {
        $_SESSION["key$i"] = $i;
    }
} elseif ($_GET['n'] === '2') {
    $_SESSION['key100'] = 'changed';
    unset($_SESSION['key7']);
}
echo count($_SESSION), "\n", md5(serialize($_SESSION));
