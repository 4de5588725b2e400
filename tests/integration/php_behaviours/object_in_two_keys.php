<?php
/* An object in two keys stays one object with split: whole.
requests = 3
adapter = {split = "whole"}
*/
session_start();
if ($_GET['n'] === '1') {
    $_SESSION['a'] = $_SESSION['b'] = new stdClass();
    $_SESSION['list'] = [$_SESSION['a']];
} elseif ($_GET['n'] === '2') {
    $_SESSION['a']->seen = 'in all three';
}
var_dump($_SESSION['a'] === $_SESSION['b'], $_SESSION['list'][0] === $_SESSION['a'], $_SESSION);
