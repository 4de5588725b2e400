<?php
/* A cookie that cannot be an id.
requests = [{cookies = {PHPSESSID = "../../etc/passwd"}}, {cookies = {PHPSESSID = ""}, jar = 0}]
*/
var_dump(session_start());
$_SESSION['a'] = 1;
var_dump(session_id() !== '../../etc/passwd', session_id() !== '');
