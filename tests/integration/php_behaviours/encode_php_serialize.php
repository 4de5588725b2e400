<?php
/* session.serialize_handler = php_serialize: numbers and bars are keys like others.
requests = 3
ini = {"session.serialize_handler" = "php_serialize"}
*/
session_start();
if ($_GET['n'] === '1') {
    $_SESSION = ['a|b' => 1, '!c' => 2, 5 => 'five', 'd' => [1]];
} elseif ($_GET['n'] === '2') {
    $_SESSION[5] .= ' and more';
    $_SESSION[] = 'next';
}
var_dump(session_encode(), $_SESSION);
