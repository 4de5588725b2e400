<?php
/* The buffers of output are those that the application opened.
requests = 1
*/
var_dump(ob_get_level(), ob_list_handlers(), ob_get_length());
session_start();
ob_start();
echo 'inner';
var_dump(ob_get_level(), ob_list_handlers());
ob_end_flush();
var_dump(count(ob_get_status(true)));
