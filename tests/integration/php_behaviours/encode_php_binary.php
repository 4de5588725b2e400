<?php
/* session.serialize_handler = php_binary.
*/
ini_set('session.serialize_handler', 'php_binary');
session_start();
if ($_GET['n'] === '1') {
    $_SESSION = ['a|b' => 1, 'c' => 'text'];
}
var_dump(bin2hex(session_encode()), $_SESSION);
