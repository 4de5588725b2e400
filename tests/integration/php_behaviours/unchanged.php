<?php
/* A request that changes nothing leaves everything as it was.
requests = 3
*/
session_start();
if ($_GET['n'] === '1') {
    $_SESSION = ['a' => [1, 1.5, null, "\xff"], 'o' => new ArrayObject([1]), 'b' => true];
}
foreach ($_SESSION as $key => $value) {
    echo $key, ' ', bin2hex(serialize($value)), "\n";
}
