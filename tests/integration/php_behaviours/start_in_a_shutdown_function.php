<?php
/* A session may begin in a shutdown function.
requests = 2
*/
register_shutdown_function(function (): void {
    session_start();
    $_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
    print_r($_SESSION);
});
