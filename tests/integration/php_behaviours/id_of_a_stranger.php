<?php
/* An id that nobody gave out, with strict mode: it is not taken.
requests = [{cookies = {PHPSESSID = "inventedbyaclient000000000"}}, "", {cookies = {PHPSESSID = "inventedbyaclient000000000"}, jar = 0}]
ini = {"session.use_strict_mode" = "1"}
*/
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
echo session_id() === 'inventedbyaclient000000000' ? 'taken' : 'not taken', ', count ', $_SESSION['count'], "\n";
