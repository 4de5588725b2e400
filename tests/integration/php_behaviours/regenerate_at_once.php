<?php
/* An id that is regenerated in its first request.
requests = 3
*/
session_start();
if ($_GET['n'] === '1') {
    var_dump(session_regenerate_id(true), session_regenerate_id());
    $_SESSION['a'] = 1;
}
var_dump($_SESSION, session_id() === ($_COOKIE['PHPSESSID'] ?? session_id()));
