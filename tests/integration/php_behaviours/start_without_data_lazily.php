<?php
/* create = "lazy": a session exists from its first value on.
requests = ["", "", "set=1", ""]
adapter = {create = "lazy"}
*/
session_start();
if (isset($_GET['set'])) {
    $_SESSION['a'] = 1;
}
echo isset($_COOKIE['PHPSESSID']) ? 'known' : 'new', ' ', count($_SESSION), "\n";
