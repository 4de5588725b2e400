<?php
/* So they are after an exception that nobody caught, and with a handler of exceptions.
requests = ["", "handler=1", ""]
*/
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
if (isset($_GET['handler'])) {
    set_exception_handler(function (Throwable $e): void {
        http_response_code(503);
        $_SESSION['handled'] = $e->getMessage();
        echo "handled\n";
    });
}
if ($_GET['n'] !== '3') {
    throw new RuntimeException("of request {$_GET['n']}");
}
var_dump($_SESSION);
