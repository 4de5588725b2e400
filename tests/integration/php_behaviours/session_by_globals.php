<?php
/* $_SESSION is also $GLOBALS['_SESSION'], within functions too.
requests = 3
*/
session_start();
function change(): void
{
    $_SESSION['in a function'] = ($_SESSION['in a function'] ?? 0) + 1;
    $GLOBALS['_SESSION']['by GLOBALS'] = 'yes';
}
change();
if ($_GET['n'] === '2') {
    $name = '_SESSION';
    $$name['by a variable name'] = 1;
    extract($_SESSION);
}
var_dump($_SESSION);
