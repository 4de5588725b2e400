<?php
/* A session that was aborted before anything was kept is there all the same.
requests = 3
*/
session_start();
$known = $_COOKIE[session_name()] ?? null;
var_dump($known === session_id(), $_SESSION);
if ($_GET['n'] === '1') {
    $_SESSION['a'] = 1;
    session_abort();
}
