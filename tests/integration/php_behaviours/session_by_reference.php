<?php
/* $_SESSION and its members may be held by reference.
requests = 3
*/
session_start();
function add(array &$session): void
{
    $session['by parameter'] = true;
}
if ($_GET['n'] === '1') {
    $whole = &$_SESSION;
    $whole['by alias'] = true;
    $member = &$_SESSION['member'];
    $member = 'by its own alias';
    add($_SESSION);
    $nested = &$_SESSION['deep']['nested'];
    $nested[] = 1;
} elseif ($_GET['n'] === '2') {
    foreach ($_SESSION as $key => &$value) {
        $value = $key === 'member' ? 'changed in a loop' : $value;
    }
}
var_dump($_SESSION);
