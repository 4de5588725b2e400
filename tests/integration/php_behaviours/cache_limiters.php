<?php
/* Each limiter's headers.
requests = ["limiter=nocache", "limiter=private", "limiter=private_no_expire", "limiter=public", "limiter=", "limiter=unknown"]
*/
var_dump(session_cache_limiter($_GET['limiter']), session_cache_limiter());
session_start();
$_SESSION['n'] = $_GET['n'];
