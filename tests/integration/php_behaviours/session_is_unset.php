<?php
/* unset($_SESSION) loses the variable, not what was kept.
requests = 3

[[differs]]
why = "a new variable $_SESSION cannot be told from the session's own"
request = 3
files = '''
array(2) {
  ["a"]=>
  int(1)
  ["b"]=>
  int(2)'''
gateway = '''
array(1) {
  ["c"]=>
  int(3)'''
*/
session_start();
if ($_GET['n'] === '1') {
    $_SESSION['a'] = 1;
} elseif ($_GET['n'] === '2') {
    $_SESSION['b'] = 2;
    unset($_SESSION);
    var_dump(isset($_SESSION), session_status() === PHP_SESSION_ACTIVE);
    $_SESSION['c'] = 3;
}
var_dump($_SESSION);
