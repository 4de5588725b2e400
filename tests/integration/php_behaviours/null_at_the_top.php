<?php
/* A key whose value is null is there, and is not set.
*/
session_start();
if ($_GET['n'] === '1') {
    $_SESSION['nothing'] = null;
    $_SESSION['nested'] = ['nothing' => null];
}
var_dump(array_key_exists('nothing', $_SESSION), isset($_SESSION['nothing']), $_SESSION);
