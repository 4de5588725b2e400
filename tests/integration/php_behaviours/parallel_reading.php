<?php
/* read_and_close does not keep the lock: two that read are there at once.
requests = ["", {parallel = 2}]
route = {lock = "exclusive", lock_wait = "60s"}
*/
session_start(['read_and_close' => isset($_GET['i'])]);
$_SESSION['a'] ??= 'kept';
if (isset($_GET['i'])) {
    $mine = __DIR__ . "/{$_SERVER['SERVER_PORT']}-{$_GET['i']}";
    $other = __DIR__ . "/{$_SERVER['SERVER_PORT']}-" . (1 - $_GET['i']);
    touch($mine);
    for ($end = microtime(true) + 20; !file_exists($other) && microtime(true) < $end; usleep(5000));
    echo file_exists($other) ? 'met' : 'alone', ' ', $_SESSION['a'], "\n";
}
