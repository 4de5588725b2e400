<?php
/* session.auto_start: $_SESSION is there from the first line on.
requests = 3
ini = {"session.auto_start" = "1"}
*/
var_dump(session_status() === PHP_SESSION_ACTIVE, session_id() !== '');
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
var_dump($_SESSION);
