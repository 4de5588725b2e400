<?php
/* A page that starts no session has none, and asks for no cookie.
requests = ["", "start=1", ""]
*/
if (isset($_GET['start'])) {
    session_start();
    $_SESSION['a'] = 1;
}
echo isset($_SESSION) ? 'session' : 'no session', ' ', count($_COOKIE), "\n";
