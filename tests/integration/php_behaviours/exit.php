<?php
/* exit keeps what changed before.
requests = 3
*/
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
echo $_SESSION['count'], "\n";
exit($_GET['n'] === '2' ? 3 : 'bye');
