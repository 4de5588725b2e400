<?php
/* session.referer_check: it does not matter for an id that comes in a cookie.
requests = ["", {headers = {Referer = "http://site.example/page"}}, {headers = {Referer = "http://elsewhere.example/"}}]
ini = {"session.referer_check" = "site.example"}
*/
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
echo $_SESSION['count'], "\n";
