<?php
/* A key with the php serializer's own separator.
requests = 3

[[differs]]
why = "PHP's format cannot say such a key and loses the whole session; here it is a key like others"
request = 3
files = "array(0) {"
gateway = '''
array(3) {
  ["before"]=>
  int(1)
  ["a|b"]=>
  int(2)
  ["!c"]=>
  int(3)'''
*/
session_start();
if ($_GET['n'] === '1') {
    $_SESSION['before'] = 1;
} elseif ($_GET['n'] === '2') {
    $_SESSION['a|b'] = 2;
    $_SESSION['!c'] = 3;
}
var_dump($_SESSION);
