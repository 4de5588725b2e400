<?php
/* session_decode() adds to $_SESSION what a text says.
requests = 3
*/
session_start();
if ($_GET['n'] === '1') {
    $_SESSION = ['own' => 1, 'a' => 'old'];
    var_dump(session_decode('a|s:3:"new";b|a:1:{i:0;d:0.5;}'));
}
var_dump($_SESSION);
