<?php
/* regenerate = "grace": requests that are still under way with the token of before are served.
requests = ["", "", {jar = 1}, ""]
adapter = {regenerate = "grace"}

[[differs]]
why = "session_id() stays, the token is another"
request = 2
files = "session cookie: of a new id"
gateway = "session cookie: of an id before"
*/
session_start();
if ($_GET['n'] === '1') {
    $_SESSION['a'] = 1;
} elseif ($_GET['n'] === '2') {
    session_regenerate_id();
}
var_dump($_SESSION);
