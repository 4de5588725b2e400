<?php
/* An id that nobody gave out, without strict mode.
requests = [{cookies = {PHPSESSID = "inventedbyaclient000000000"}}, {cookies = {PHPSESSID = "inventedbyaclient000000000"}, jar = 0}]
*/
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
echo session_id() === 'inventedbyaclient000000000' ? 'taken' : 'not taken', ', count ', $_SESSION['count'], "\n";
