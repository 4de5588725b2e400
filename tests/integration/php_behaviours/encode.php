<?php
/* session_encode() is what PHP would write.
*/
session_start();
if ($_GET['n'] === '1') {
    $_SESSION = ['a' => 1, 'b' => ['x' => null], 'c' => 'text', 'd' => 0.1, 'e' => (object) ['p' => true]];
}
var_dump(session_encode());
