<?php
/* ?PHPSESSID=… without use_only_cookies.
requests = ["PHPSESSID=chosenbysomebody00000000000", "PHPSESSID=chosenbysomebody00000000000"]
ini = {"session.use_only_cookies" = "0"}
*/
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
echo session_id() === 'chosenbysomebody00000000000' ? 'taken' : 'not taken', ', count ', $_SESSION['count'], "\n";
