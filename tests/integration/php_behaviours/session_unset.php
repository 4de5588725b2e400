<?php
/* session_unset() removes every key, and the session stays.
requests = 3
*/
session_start();
$id = session_id();
if ($_GET['n'] === '1') {
    $_SESSION = ['a' => 1, 'b' => 2];
} elseif ($_GET['n'] === '2') {
    var_dump(session_unset(), $_SESSION);
    $_SESSION['c'] = 3;
}
var_dump($_SESSION, $id === ($_COOKIE['PHPSESSID'] ?? $id));
