<?php
/* session_regenerate_id(true) keeps the data; what the browser had before is worth nothing.
requests = ["", "", "", {jar = 1}]
*/
session_start();
$before = session_id();
if ($_GET['n'] === '1') {
    $_SESSION['a'] = 1;
} elseif ($_GET['n'] === '2') {
    var_dump(session_regenerate_id(true));
    $_SESSION['b'] = 2;
}
echo session_id() === $before ? 'same' : 'another', " id\n";
var_dump($_SESSION);
