<?php
/* session_module_name().
requests = 1
*/
var_dump(session_module_name());
session_start();
var_dump(session_module_name());
