<?php
/* An application that does harm: says the header lines that it is sent, one a line, after "{fill}" in them has become
 * as many x as the header X-Fill says, and shows all that it can get at, as JSON. */
$fill = str_repeat('x', (int) ($_SERVER['HTTP_X_FILL'] ?? 0));
foreach (explode("\n", file_get_contents('php://input')) as $line) {
    if ($line !== '') {
        header(str_replace('{fill}', $fill, $line), false);
    }
}
header('Content-Type: application/json');
$known = ['server' => $_SERVER, 'environment' => getenv(), 'cookies' => $_COOKIE, 'query' => $_GET, 'headers' => getallheaders()];
echo json_encode($known, JSON_INVALID_UTF8_SUBSTITUTE), "\n";
