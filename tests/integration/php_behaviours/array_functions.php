<?php
/* PHP's array functions work on $_SESSION.
requests = 3
*/
session_start();
if ($_GET['n'] === '1') {
    $_SESSION = ['c' => 3, 'a' => 1, 'b' => 2, 'list' => [5, 3, 1]];
} elseif ($_GET['n'] === '2') {
    sort($_SESSION['list']);
    array_push($_SESSION['list'], 9);
    $popped = array_pop($_SESSION);
    ksort($_SESSION);
    array_walk($_SESSION, function (&$value, $key) {
        $value = is_int($value) ? $value * 10 : $value;
    });
    $_SESSION += ['a' => 'not', 'd' => 4];
    $_SESSION = array_merge($_SESSION, ['e' => 5]);
    array_shift($_SESSION);
    $_SESSION['spliced'] = [1, 2, 3, 4];
    array_splice($_SESSION['spliced'], 1, 2, ['x']);
    var_dump($popped, current($_SESSION), key($_SESSION), end($_SESSION), count($_SESSION));
}
var_dump($_SESSION, array_keys($_SESSION), http_build_query($_SESSION));
