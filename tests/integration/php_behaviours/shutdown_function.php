<?php
/* A shutdown function's changes are kept, whenever it was registered.
requests = 2
*/
register_shutdown_function(function (): void {
    $_SESSION['order'][] = 'registered before the start';
});
session_start();
$_SESSION['order'] = [...($_SESSION['order'] ?? []), 'script'];
register_shutdown_function(function (): void {
    $_SESSION['order'][] = 'registered after the start';
    register_shutdown_function(function (): void {
        $_SESSION['order'][] = 'registered at the end';
    });
});
print_r($_SESSION);
