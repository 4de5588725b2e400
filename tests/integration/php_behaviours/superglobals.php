<?php
/* $_COOKIE, $_REQUEST, $_SERVER show what they do without a gateway.
requests = [{cookies = {own = "1"}}, {cookies = {own = "1"}}]
*/
session_start();
$_SESSION['a'] = 1;
ksort($_COOKIE);
print_r(array_map(fn ($cookie) => strlen($cookie) > 3 ? '…' : $cookie, $_COOKIE));
print_r(array_keys($_REQUEST));
var_dump($_SERVER['SCRIPT_NAME'], $_SERVER['PHP_SELF']);
