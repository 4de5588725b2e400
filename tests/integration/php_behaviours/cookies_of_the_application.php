<?php
/* Other cookies pass, however they are set, also beside the session's.
requests = 3
*/
setcookie('before', 'a b', ['expires' => time() + 3600, 'path' => '/', 'httponly' => true, 'samesite' => 'Lax']);
session_start();
$_SESSION['a'] = 1;
setcookie('after', '1');
setrawcookie('raw', 'x%20y');
header('Set-Cookie: by_header=1; path=/', false);
setcookie('gone', '', 1);
print_r(array_diff_key($_COOKIE, ['PHPSESSID' => 1]));
