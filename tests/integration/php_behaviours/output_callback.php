<?php
/* A callback of output may read and change the session.
requests = 3
*/
ob_start(function (string $text): string {
    $_SESSION['pages'] = ($_SESSION['pages'] ?? 0) + 1;
    return $text . "page {$_SESSION['pages']}\n";
});
session_start();
echo 'hello ', session_id() !== '' ? 'visitor' : 'nobody', "\n";
