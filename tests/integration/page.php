<?php
/* As page.c: does what the X-Test-* headers ask for and shows its SESSION_* params. */
$body = file_get_contents('php://input');   // before the answer begins: see page.c
usleep((int) (1e6 * (float) ($_SERVER['HTTP_X_TEST_WAIT'] ?? 0)));
http_response_code((int) ($_SERVER['HTTP_X_TEST_STATUS'] ?? 200));
header('Content-Type: text/plain');
foreach (explode('|', $_SERVER['HTTP_X_TEST_SAY'] ?? '') as $directive) {
    if ($directive !== '') {
        header("X-Session-$directive", false);
    }
}
if ($_SERVER['REQUEST_METHOD'] === 'POST') {
    echo $body;
} else {
    foreach ($_SERVER as $name => $value) {
        if (str_starts_with($name, 'SESSION_')) {
            echo "$name=$value\n";
        }
    }
}
