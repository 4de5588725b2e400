<?php
/* As deep as an array may be.
*/
session_start();
function nested(int $depth): array
{
    return array_reduce(range(1, $depth), fn ($inner) => ['in' => $inner], []);
}
if ($_GET['n'] === '1') {
    $_SESSION = ['some' => nested(60), 'more' => nested(200), 'most' => nested(1000)];
}
foreach ($_SESSION as $key => $value) {
    for ($depth = 0; isset($value['in']); $depth++) {
        $value = $value['in'];
    }
    echo $key, ' ', $depth, "\n";
}
