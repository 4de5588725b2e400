<?php
/* 900 KB in all, in several keys; a small change among them.
requests = 4
*/
session_start();
if ($_GET['n'] === '1') {
    for ($i = 0; $i < 9; $i++) {
        $_SESSION["large$i"] = str_repeat(chr(97 + $i), 100_000);
    }
} elseif ($_GET['n'] === '2') {
    $_SESSION['large3'] = 'small now';
    $_SESSION['count'] = 1;
} elseif ($_GET['n'] === '3') {
    $_SESSION['count']++;
}
foreach ($_SESSION as $key => $value) {
    echo $key, ' ', strlen($value), ' ', md5($value), "\n";
}
