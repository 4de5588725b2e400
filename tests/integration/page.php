<?php
/* As page.c: does what the X-Test-* headers ask for and shows its SESSION_* params. */
$body = hash_init('sha256');
$length = hash_update_stream($body, fopen('php://input', 'r'));   // before the answer begins: see page.c
usleep((int) (1e6 * (float) ($_SERVER['HTTP_X_TEST_WAIT'] ?? 0)));
http_response_code((int) ($_SERVER['HTTP_X_TEST_STATUS'] ?? 200));
header('Content-Type: text/plain');
foreach (explode('|', $_SERVER['HTTP_X_TEST_SAY'] ?? '') as $directive) {
    if ($directive !== '') {
        header("X-Session-$directive", false);
    }
}
if ($_SERVER['REQUEST_METHOD'] === 'POST') {
    echo $length, ' ', hash_final($body), "\n";
} elseif (isset($_SERVER['HTTP_X_TEST_BYTES'])) {
    echo str_repeat('x', (int) $_SERVER['HTTP_X_TEST_BYTES']);
} elseif (isset($_SERVER['HTTP_X_TEST_SHOW'])) {   // everywhere that a program may look
    $headers = array_combine(array_map(fn ($name) => "HTTP_$name", array_keys(getallheaders())), getallheaders());
    foreach ([$_SERVER, getenv(), $headers, $_COOKIE] as $source) {
        foreach ($source as $name => $value) {
            echo $name, '=', is_string($value) ? $value : serialize($value), "\n";
        }
    }
} else {
    foreach ($_SERVER as $name => $value) {
        if (str_starts_with($name, 'SESSION_')) {
            echo "$name=$value\n";
        }
    }
}
