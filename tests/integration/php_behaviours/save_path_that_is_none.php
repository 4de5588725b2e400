<?php
/* A save_path that is not there.
*/
ini_set('session.save_path', '/nonexistent/sessions');
var_dump(session_start());
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
var_dump($_SESSION);
