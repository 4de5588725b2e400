<?php
/* An early session_write_close() lets the next one in, also with lock = "exclusive".
requests = ["", {parallel = 2}, ""]
route = {lock = "exclusive", lock_wait = "60s"}
*/
// One of the two waits until the other has been in its session, too: without the close that would be never.
session_start();
$_SESSION['came'] = ($_SESSION['came'] ?? 0) + 1;
session_write_close();
if (isset($_GET['i'])) {
    $mine = __DIR__ . "/{$_SERVER['SERVER_PORT']}-{$_GET['i']}";
    $other = __DIR__ . "/{$_SERVER['SERVER_PORT']}-" . (1 - $_GET['i']);
    touch($mine);
    for ($end = microtime(true) + 20; !file_exists($other) && microtime(true) < $end; usleep(5000));
    echo file_exists($other) ? "met\n" : "alone\n";
} else {
    echo $_SESSION['came'], "\n";
}
