<?php
/* A key may hold blanks, signs and any script.
*/
session_start();
if ($_GET['n'] === '1') {
    foreach (['a b', 'a.b', 'a-b', 'ä漢😀', 'a"b', "a'b", 'a\\b', 'a/b', 'a%41b', 'a+b', 'a,b', 'a;b', 'a:b', 'a=b', '{"a":1}', '$', '__proto__', "tab\t", "line\nline", 'A', 'a'] as $i => $key) {
        $_SESSION[$key] = $i;
    }
}
var_dump($_SESSION);
