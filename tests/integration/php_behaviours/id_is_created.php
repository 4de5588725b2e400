<?php
/* session_create_id() gives an unused one, with a prefix on request.
requests = 1
*/
$id = session_create_id();
$prefixed = session_create_id('app-');
session_start();
var_dump(strlen($id) > 0, str_starts_with($prefixed, 'app-'), preg_match('/^[A-Za-z0-9,-]+$/', session_create_id()), session_create_id() !== session_create_id());
var_dump(@session_create_id('no blanks'));
