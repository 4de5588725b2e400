<?php
/* read_and_close without a session.
*/
var_dump(session_start(['read_and_close' => true]), $_SESSION, session_status() === PHP_SESSION_ACTIVE, isset($_COOKIE['PHPSESSID']));
