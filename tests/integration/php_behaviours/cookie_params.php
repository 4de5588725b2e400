<?php
/* session_get_cookie_params() says what was set, in both forms.
requests = 1
*/
var_dump(session_get_cookie_params());
var_dump(session_set_cookie_params(600, '/path', 'example.org', true, true), session_get_cookie_params());
var_dump(session_set_cookie_params(['lifetime' => 60, 'path' => '/', 'domain' => '', 'secure' => false, 'httponly' => true, 'samesite' => 'Strict']), session_get_cookie_params());
var_dump(session_set_cookie_params(['lifetime' => 5, 'unknown' => 1]));
session_start();
var_dump(session_set_cookie_params(60), session_get_cookie_params()['lifetime']);
