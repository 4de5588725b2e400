<?php
/* In an active session both are a warning.
requests = 1
*/
session_start();
var_dump(session_cache_limiter('public'), session_cache_limiter(), session_cache_expire(5), session_cache_expire());
