<?php
/* session_id(session_id()) before a second start is the same session.
requests = 3
*/
session_start();
$_SESSION['a'] = ($_SESSION['a'] ?? 0) + 1;
$id = session_id();
session_write_close();
session_id($id);
session_start();
$_SESSION['b'] = ($_SESSION['b'] ?? 0) + 1;
var_dump($id === session_id(), $_SESSION);
