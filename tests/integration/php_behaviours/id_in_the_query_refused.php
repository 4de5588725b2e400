<?php
/* ?PHPSESSID=… with use_only_cookies, as it is by default.
requests = ["PHPSESSID=chosenbysomebody00000000000", ""]
*/
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
echo session_id() === 'chosenbysomebody00000000000' ? 'taken' : 'not taken', ', count ', $_SESSION['count'], "\n";
