<?php
/* An enum comes back as the same case.
*/
enum Colour: string
{
    case Red = 'r';
    case Green = 'g';
}
enum Plain
{
    case One;
}
session_start();
if ($_GET['n'] === '1') {
    $_SESSION = ['colour' => Colour::Green, 'plain' => [Plain::One]];
}
var_dump($_SESSION['colour'] === Colour::Green, $_SESSION['plain'] === [Plain::One]);
