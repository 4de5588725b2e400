<?php
/* session.auto_start, and session_start() all the same.
ini = {"session.auto_start" = "1"}
*/
var_dump(session_start());
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
var_dump($_SESSION);
