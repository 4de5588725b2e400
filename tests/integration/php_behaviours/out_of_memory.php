<?php
/* So they are when there is no memory left.
requests = 3
ini = {memory_limit = "8M"}
*/
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
if ($_GET['n'] === '2') {
    ini_set('display_errors', '0');   // which allocation it is depends on the machine
    $all = [];
    while (true) {
        $all[] = str_repeat('x', 100_000);
    }
}
echo $_SESSION['count'], "\n";
