<?php
/* A key with the php serializer's own separator.
requests = 3
*/
session_start();
if ($_GET['n'] === '1') {
    $_SESSION['before'] = 1;
} elseif ($_GET['n'] === '2') {
    $_SESSION['a|b'] = 2;
    $_SESSION['!c'] = 3;
}
var_dump($_SESSION);
