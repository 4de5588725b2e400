<?php
/* Settings that PHP refuses.
requests = 1
*/
var_dump(ini_set('session.sid_length', '5'), ini_set('session.save_handler', 'nonexistent'), ini_set('session.serialize_handler', 'nonexistent'), ini_set('session.name', '123'),
    ini_set('session.cookie_lifetime', '-5'), ini_set('session.gc_divisor', '0'), ini_set('session.save_handler', 'user'));
