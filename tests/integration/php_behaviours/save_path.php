<?php
/* session_save_path() says what was set; nothing of it is needed with a gateway.
requests = 1
*/
var_dump(basename(session_save_path()), basename(session_save_path(__DIR__)), session_save_path() === __DIR__);
session_start();
var_dump(session_save_path() === __DIR__);
