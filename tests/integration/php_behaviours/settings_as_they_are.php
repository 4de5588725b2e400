<?php
/* What ini_get() says of every setting.
requests = 1
*/
session_start();
$settings = ini_get_all('session', false);
$settings['session.save_path'] = basename($settings['session.save_path']);
print_r($settings);
