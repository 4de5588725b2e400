<?php
/* A key may hold NUL, or bytes that are no UTF-8.
requests = 3
*/
session_start();
if ($_GET['n'] === '1') {
    $_SESSION = ["a\0b" => 1, "caf\xe9" => 2, "\xff" => 3, "plain" => 4];
} elseif ($_GET['n'] === '2') {
    unset($_SESSION["caf\xe9"]);
    $_SESSION["\xff"]++;
}
foreach ($_SESSION as $key => $value) {
    echo bin2hex($key), ' ', $value, "\n";
}
