<?php
/* The exception can be caught where the session is closed.
requests = 3
*/
session_start();
$_SESSION['visits'] = ($_SESSION['visits'] ?? 0) + 1;
if ($_GET['n'] === '2') {
    $_SESSION['closure'] = fn () => 1;
    try {
        session_write_close();
        echo "closed\n";
    } catch (Exception $e) {
        echo get_class($e), ': ', $e->getMessage(), "\n";
    }
    var_dump(session_status() === PHP_SESSION_ACTIVE);
    unset($_SESSION['closure']);
}
echo implode(' ', array_keys($_SESSION)), "\n", $_SESSION['visits'], "\n";
