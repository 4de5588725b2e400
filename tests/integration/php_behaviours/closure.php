<?php
/* A closure cannot be kept: PHP says so at the end, and nothing of the request is.
requests = 3
*/
session_start();
if ($_GET['n'] === '1') {
    $_SESSION['before'] = 1;
} elseif ($_GET['n'] === '2') {
    $_SESSION['after'] = 2;
    $_SESSION['closure'] = fn () => 1;
}
echo implode(' ', array_keys($_SESSION)), "\n";
