<?php
/* Settings of a session by ini_set() before the start.
requests = 2
names = ["INI"]

[[differs]]
why = "strict mode is always on"
request = 1
files = '''
string(9) "PHPSESSID"
string(1) "0"'''
gateway = '''
string(9) "PHPSESSID"
string(1) "1"'''

[[differs]]
why = "strict mode is always on"
request = 2
files = '''
string(9) "PHPSESSID"
string(1) "0"'''
gateway = '''
string(9) "PHPSESSID"
string(1) "1"'''
*/
foreach (['name' => 'INI', 'use_strict_mode' => '1', 'cookie_httponly' => '1', 'cookie_samesite' => 'Lax', 'gc_maxlifetime' => '7200', 'cookie_lifetime' => '0',
    'use_only_cookies' => '1', 'sid_length' => '40', 'sid_bits_per_character' => '6', 'cache_limiter' => 'private', 'cache_expire' => '10'] as $name => $value) {
    var_dump(ini_set("session.$name", $value));
}
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
echo $_SESSION['count'], "\n";
