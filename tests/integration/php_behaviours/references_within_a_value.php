<?php
/* References within one value stay references.
requests = 3
*/
session_start();
if ($_GET['n'] === '1') {
    $value = ['a' => 1];
    $value['b'] = &$value['a'];
    $_SESSION['value'] = $value;
    $object = new stdClass();
    $_SESSION['objects'] = [$object, $object];
    $ring = ['name' => 'ring'];
    $ring['self'] = &$ring;
    $_SESSION['ring'] = $ring;
} elseif ($_GET['n'] === '2') {
    $_SESSION['value']['a'] = 'seen in b';
    $_SESSION['objects'][0]->seen = 'in both';
}
var_dump($_SESSION);
