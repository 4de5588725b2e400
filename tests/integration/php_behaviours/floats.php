<?php
/* A float comes back to the last bit, and stays a float.
*/
session_start();
if ($_GET['n'] === '1') {
    $_SESSION['floats'] = [0.1 + 0.2, 1e300, 1.0, 100.0, 1e22, 5e-324, PHP_FLOAT_MAX, PHP_FLOAT_EPSILON, 123456789.12345678, 1e15, 1e17];
    foreach ($_SESSION['floats'] as $i => $float) {
        $_SESSION["float$i"] = $float;
    }
}
foreach ($_SESSION as $key => $value) {
    echo $key, ' ', is_array($value) ? implode(' ', array_map(fn ($float) => bin2hex(pack('E', $float)), $value)) : bin2hex(pack('E', $value)), "\n";
}
var_dump($_SESSION);
