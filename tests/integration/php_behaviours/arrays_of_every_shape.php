<?php
/* A list stays a list, a map a map, an empty array an array; keys keep their types.
*/
session_start();
if ($_GET['n'] === '1') {
    $_SESSION = ['empty' => [], 'nested empty' => [[], ['a' => []]], 'list' => ['a', 'b'], 'from one' => [1 => 'a', 2 => 'b'], 'gap' => [0 => 'a', 2 => 'c'],
        'negative' => [-1 => 'a'], 'mixed' => ['a', 'k' => 'b', 'c'], 'digits' => ['01' => 'a', '1' => 'b', '-0' => 'c'], 'unordered' => [2 => 'c', 0 => 'a', 1 => 'b'],
        'empty key' => ['' => 1], 'large key' => [PHP_INT_MAX => 1]];
} elseif ($_GET['n'] === '2') {
    $_SESSION['from one'][] = 'next';
    $_SESSION['list'][] = 'next';
}
var_dump($_SESSION);
