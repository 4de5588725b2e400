<?php
/* Every byte comes back, whatever the encoding.
*/
session_start();
if ($_GET['n'] === '1') {
    $_SESSION['all'] = implode('', array_map('chr', range(0, 255)));
    $_SESSION['nul'] = "a\0b";
    $_SESSION['latin'] = "caf\xe9";
    $_SESSION['half'] = "\xf0\x9f\x98";
    $_SESSION['surrogate'] = "\xed\xa0\x80";
    $_SESSION['controls'] = "\x01\x1f\x7f\xc2\x80";
    $_SESSION['separators'] = "\u{2028}\u{2029}\u{feff}\u{ffff}";
    $_SESSION['in an array'] = ["\xff" => "\xfe", 'deep' => ["\0"]];
}
echo json_encode(array_map('bin2hex', array_map('serialize', $_SESSION)), JSON_PRETTY_PRINT);
