<?php
/* Nothing of ours stands among the application's functions, constants and globals.
requests = 2
*/
session_start();
$_SESSION['a'] = 1;
print_r(get_defined_functions()['user']);
print_r(get_defined_constants(true)['user'] ?? []);
print_r(array_values(array_diff(array_keys($GLOBALS), ['_SERVER'])));   // which PHP makes as soon as anybody reads it
