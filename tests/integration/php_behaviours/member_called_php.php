<?php
/* Whatever keys an array holds, it comes back as it was.
requests = 3
*/
session_start();
if ($_GET['n'] === '1') {
    $_SESSION = ['a' => ['$php' => 'O:8:"stdClass":0:{}'], 'b' => ['deep' => ['$php' => 's:1:"x";', 'other' => 1]], '$php' => ['name' => 'x'], '_SESSION' => 1, 'c' => '$php'];
} elseif ($_GET['n'] === '2') {
    $_SESSION['a']['$php'] = 'base64:czoxOiJ4Ijs=';
}
var_dump($_SESSION);
