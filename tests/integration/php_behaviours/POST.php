<?php
/* POST, with a form's fields.
requests = [{method = "POST", body = "a=1&b=2", headers = {"Content-Type" = "application/x-www-form-urlencoded"}}, ""]
*/
session_start();
$_SESSION += $_POST;
print_r($_SESSION);
