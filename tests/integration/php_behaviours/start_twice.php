<?php
/* A second start of an active session is a notice, and changes nothing.
*/
var_dump(session_start());
$_SESSION['a'] = 1;
var_dump(session_start(), session_start(['name' => 'other']));
var_dump($_SESSION, session_name());
