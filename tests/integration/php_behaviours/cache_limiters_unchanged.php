<?php
/* Each limiter's headers, in requests that change nothing.
requests = ["limiter=nocache", "limiter=private", "limiter=private_no_expire", "limiter=public", "limiter="]
*/
session_cache_limiter($_GET['limiter']);
session_start();
var_dump(session_cache_limiter());
