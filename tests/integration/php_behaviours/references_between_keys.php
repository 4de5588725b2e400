<?php
/* References between two keys stay references with split: whole.
requests = 3
adapter = {split = "whole"}
*/
session_start();
if ($_GET['n'] === '1') {
    $_SESSION['a'] = 1;
    $_SESSION['b'] = &$_SESSION['a'];
} elseif ($_GET['n'] === '2') {
    $_SESSION['a'] = 'seen in b';
}
var_dump($_SESSION);
