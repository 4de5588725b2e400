<?php
/* Texts and numbers that change among others, each to something that is hard to write down.
requests = 7
*/
session_start();
$_SESSION += ['list' => [1, 2], 'text' => '', 'number' => 0, 'flag' => false, 'float' => 0.5, 'other' => 'stays'];
var_dump($_SESSION);
$texts = ["del \x7f", "nul \0", "latin \xe9", "quote \" \\ / \u{2028} é", '$php', '{"$php":"i:1;"}', "line\r\nX-Session-Logout: 1"];
$_SESSION['text'] = $texts[$_GET['n'] - 1];
$_SESSION['number'] -= PHP_INT_MAX >> 3;
$_SESSION['flag'] = !$_SESSION['flag'];
if ($_GET['n'] == 4) {
    $_SESSION['float'] = -0.0;
}
