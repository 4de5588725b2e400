<?php
/* A setting cannot be changed while the session is active, nor after the header.
requests = 1
ini = {output_buffering = "0"}
*/
session_start();
var_dump(ini_set('session.name', 'late'), ini_set('session.use_cookies', '0'), ini_set('session.gc_maxlifetime', '5'), ini_get('session.name'));
session_write_close();
var_dump(ini_set('session.cookie_path', '/late'));
