<?php
/* So it is when the header is out.
requests = 3
ini = {output_buffering = "0"}
*/
session_start();
echo "the page begins\n";
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
if ($_GET['n'] === '2') {
    $_SESSION['large'] = str_repeat('x', 600_000);
}
echo $_SESSION['count'], ' ', strlen($_SESSION['large'] ?? ''), "\n";
