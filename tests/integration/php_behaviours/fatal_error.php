<?php
/* After a fatal error the changes are kept.
requests = 3
*/
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
echo $_SESSION['count'], "\n";
if ($_GET['n'] === '2') {
    $_SESSION['before the error'] = true;
    nonexistent_function();
}
var_dump($_SESSION);
