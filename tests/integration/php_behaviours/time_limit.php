<?php
/* So they are when the time is up.
requests = 3
*/
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
if ($_GET['n'] === '2') {
    set_time_limit(1);
    while (true) md5('on the line of the loop: PHP says at which of them the time was up');
}
echo $_SESSION['count'], "\n";
