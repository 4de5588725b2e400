<?php
/* A session that was closed may be read again in a callback of output.
requests = 2
*/
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
session_write_close();
ob_start(fn (string $text): string => $text . (session_start() ? 'started, count ' . $_SESSION['count'] : 'not started'));
echo "page\n";
