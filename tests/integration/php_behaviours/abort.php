<?php
/* session_abort() forgets what this request changed.
requests = 3
*/
session_start();
if ($_GET['n'] === '1') {
    $_SESSION['a'] = 'old';
} elseif ($_GET['n'] === '2') {
    $_SESSION['a'] = 'new';
    $_SESSION['b'] = 'added';
    var_dump(session_abort(), $_SESSION, session_abort());
    session_start();
}
var_dump($_SESSION);
