<?php
/* A value comes back as the type that it was.
*/
session_start();
if ($_GET['n'] === '1') {
    $_SESSION = ['int' => 1, 'negative' => -7, 'zero' => 0, 'true' => true, 'false' => false, 'text' => "line\n\"two\" \\ / é 漢 😀",
        'empty' => '', 'list' => [1, 'two', 3.5, null, false], 'map' => ['a' => ['b' => ['c' => 'd']]], 'float' => 1.5];
}
var_dump($_SESSION);
