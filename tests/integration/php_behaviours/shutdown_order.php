<?php
/* session_register_shutdown() closes before later shutdown functions run.
requests = 2
*/
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
session_register_shutdown();
register_shutdown_function(function (): void {
    $_SESSION['too late'] = true;
    echo session_status() === PHP_SESSION_ACTIVE ? 'active' : 'closed', "\n";
});
print_r($_SESSION);
