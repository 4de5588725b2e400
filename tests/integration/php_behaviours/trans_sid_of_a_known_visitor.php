<?php
/* With a cookie nothing is written into links.
ini = {"session.use_trans_sid" = "1", "session.use_only_cookies" = "0"}
requests = ["first=1", ""]
*/
session_start();
$_SESSION['a'] = 1;
echo isset($_GET['first']) ? '' : '<a href="next.php">next</a>', SID === '' ? 'empty' : 'set', "\n";
