<?php
/* Two browsers, two sessions.
requests = ["set=a", {query = "set=b", jar = 0}, "", {jar = 1}]
*/
session_start();
$_SESSION['set'] ??= $_GET['set'];
echo $_SESSION['set'], "\n";
