<?php
/* A cookie PHPSESSID[] is no id.
requests = [{cookies = {"PHPSESSID[]" = "a"}}]
*/
var_dump(session_start());
$_SESSION['a'] = 1;
var_dump(session_id() !== '');
