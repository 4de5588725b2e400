<?php
/* A key that becomes null stays, one that is unset goes.
requests = 3
*/
session_start();
match ($_GET['n']) {
    '1' => $_SESSION = ['a' => 1, 'b' => 2, 'c' => 3],
    '2' => $_SESSION['a'] = null,
    '3' => null,
};
if ($_GET['n'] === '2') {
    unset($_SESSION['b']);
}
var_dump($_SESSION);
