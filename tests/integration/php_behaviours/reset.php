<?php
/* session_reset() brings back what was kept.
requests = 3
*/
session_start();
if ($_GET['n'] === '1') {
    $_SESSION['a'] = 'old';
} elseif ($_GET['n'] === '2') {
    $_SESSION['a'] = 'new';
    $_SESSION['b'] = 'added';
    var_dump(session_reset(), $_SESSION);
    $_SESSION['c'] = 'after the reset';
}
var_dump($_SESSION);
