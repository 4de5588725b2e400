<?php
/* A text of digits stays a text.
*/
session_start();
if ($_GET['n'] === '1') {
    $_SESSION = ['a' => '1', 'b' => '1.0', 'c' => '007', 'd' => '9223372036854775808', 'e' => 'null', 'f' => 'true', 'g' => ['1', '0x1A'],
        'h' => '{"a":1}', 'i' => '[]', 'j' => 's:1:"a";', 'k' => 'a:0:{}'];
}
var_dump($_SESSION);
