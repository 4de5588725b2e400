<?php
/* The same value set again, of another type.
requests = 3
*/
session_start();
$_SESSION['v'] = [1 => 1, 2 => 1.0, 3 => '1'][$_GET['n']];
$_SESSION['list'] = $_GET['n'] === '2' ? [1 => 'b', 0 => 'a'] : ['a', 'b'];
session_write_close();
session_start();
var_dump($_SESSION);
