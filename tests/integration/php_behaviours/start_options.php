<?php
/* Options of session_start() are settings for this request.
requests = 3
names = ["OPTION"]
*/
var_dump(session_start(['name' => 'OPTION', 'cache_limiter' => 'private', 'cookie_lifetime' => 60, 'use_strict_mode' => 1, 'gc_maxlifetime' => '100']));
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
var_dump(session_name(), ini_get('session.gc_maxlifetime'), $_SESSION);
