<?php
/* An object whose class is not there passes through unharmed.
requests = 3
*/
if ($_GET['n'] !== '2') {
    eval('class Later { public $value = 1; private $own = 2; }');
}
session_start();
if ($_GET['n'] === '1') {
    $_SESSION['o'] = new Later();
} elseif ($_GET['n'] === '2') {
    $_SESSION['beside'] = 'changed';
    var_dump(is_object($_SESSION['o']), $_SESSION['o'] instanceof __PHP_Incomplete_Class);
}
print_r($_SESSION);
