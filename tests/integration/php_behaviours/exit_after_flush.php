<?php
/* However a script ends whose page is out, what it has changed is kept.
requests = ["how=exit", "how=function", "how=destructor", "how=error", "how=exception", "how=none"]
*/
final class Leaver
{
    public function __destruct()
    {
        $_SESSION['destroyed'] = ($_SESSION['destroyed'] ?? 0) + 1;
        exit;
    }
}

session_start();
while (@ob_end_flush());
echo json_encode($_SESSION), "\n";
flush();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
switch ($_GET['how']) {
    case 'exit':
        exit;
    case 'function':
        register_shutdown_function(static function (): void {
            $_SESSION['function'] = true;
            exit;
        });
        break;
    case 'destructor':
        $leaver = new Leaver();
        break;
    case 'error':
        not_there();
        break;
    case 'exception':
        throw new Exception('nobody catches it');
}
