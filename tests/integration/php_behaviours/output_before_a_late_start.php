<?php
/* Output within the buffer before the start is no obstacle.
requests = 2
*/
echo "a header of the page\n";
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
echo $_SESSION['count'], "\n";
