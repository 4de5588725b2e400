<?php
/* What headers_list() shows of the session.
requests = 2
*/
session_start();
$_SESSION['a'] = $_GET['n'];
session_write_close();
header('X-Own: 1');
foreach (headers_list() as $line) {
    echo preg_replace('/=[^;]*/', '=…', $line), "\n";
}
