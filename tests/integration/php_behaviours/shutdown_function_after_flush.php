<?php
/* What a shutdown function changes when it has sent the page is kept, and the session is still open for it.
requests = 2
*/
session_start();
register_shutdown_function(function (): void {
    while (@ob_end_flush());
    flush();
    $_SESSION['late'] = ($_SESSION['late'] ?? 0) + 1;
    echo session_status() === PHP_SESSION_ACTIVE ? 'open' : 'closed', ' ', $_SESSION['late'], "\n";
});
echo "page\n";
