<?php
/* session.use_trans_sid: the id in links and forms of a visitor without cookies.
requests = 1
ini = {"session.use_trans_sid" = "1", "session.use_only_cookies" = "0"}
*/
session_start();
$_SESSION['a'] = 1;
echo preg_replace('/=\S+/', '=…', SID), "\n";
echo '<a href="next.php">next</a> <a href="http://example.org/">elsewhere</a> <form action="save.php" method="post"></form>', "\n";
