<?php
/* A key may be long, or empty.
requests = 3
*/
session_start();
if ($_GET['n'] === '1') {
    foreach ([1, 127, 128, 129, 255, 1000] as $length) {
        $_SESSION[str_repeat('k', $length)] = $length;
    }
    $_SESSION[''] = 'empty';
    $_SESSION[str_repeat('ä', 64)] = 'exactly 128 bytes';
    $_SESSION[str_repeat('ä', 65)] = 'more';
} elseif ($_GET['n'] === '2') {
    $_SESSION[str_repeat('k', 1000)] = 'changed';
    unset($_SESSION[str_repeat('k', 129)]);
}
foreach ($_SESSION as $key => $value) {
    echo strlen($key), ' ', $value, "\n";
}
