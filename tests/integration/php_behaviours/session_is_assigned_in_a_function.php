<?php
/* So does an assignment to $GLOBALS['_SESSION'] in a function.
requests = 3
*/
session_start();
$_SESSION['before'] = 1;
function replace(): void
{
    $GLOBALS['_SESSION'] = ['replaced' => $_GET['n']];
}
if ($_GET['n'] !== '3') {
    replace();
}
var_dump($_SESSION);
