<?php
/* A session that was closed can be opened again, and holds what was kept before.
requests = 3
*/
session_start();
$_SESSION['first'] = ($_SESSION['first'] ?? 0) + 1;
$_SESSION['log'][] = "request {$_GET['n']}";
$id = session_id();
session_write_close();
$_SESSION['between'] = 'lost';
var_dump(session_start(), session_id() === $id, isset($_SESSION['between']));
$_SESSION['second'] = ($_SESSION['second'] ?? 0) + 1;
unset($_SESSION['log'][5]);
session_commit();
session_start();
$_SESSION['third'][] = $_GET['n'];
var_dump($_SESSION);
