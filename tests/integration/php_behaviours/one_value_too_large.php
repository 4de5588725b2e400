<?php
/* A value of more than 512 KiB.
requests = 3
*/
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
if ($_GET['n'] === '2') {
    $_SESSION['large'] = str_repeat('x', 600_000);
}
echo $_SESSION['count'], ' ', strlen($_SESSION['large'] ?? ''), "\n";
