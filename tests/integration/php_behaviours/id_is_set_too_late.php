<?php
/* session_id($id) in an active session is a warning.
*/
session_start();
$id = session_id();
var_dump(session_id('other'), session_id() === $id);
