<?php
/* All types and keys, the whole array as one attribute.
requests = 3
adapter = {split = "whole"}
*/
session_start();
if ($_GET['n'] === '1') {
    $_SESSION = ['int' => 1, 'float' => 1.0, 'minus zero' => -0.0, 'null' => null, 'binary' => "\0\xff", 'list' => [1, [2]], 'empty' => [], "key\xff" => 1, 'object' => new ArrayObject([1])];
} elseif ($_GET['n'] === '2') {
    unset($_SESSION['int']);
    $_SESSION['list'][] = 3;
}
echo md5(serialize($_SESSION)), "\n";
var_dump(array_map('gettype', $_SESSION), $_SESSION['list']);
