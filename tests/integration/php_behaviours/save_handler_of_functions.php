<?php
/* A handler of six functions, as it was once written.
requests = 3
*/
$file = __DIR__ . "/functions-{$_SERVER['SERVER_PORT']}";
session_set_save_handler(fn () => true, fn () => true, fn ($id) => (string) @file_get_contents($file), fn ($id, $data) => (bool) file_put_contents($file, $data), fn () => true, fn () => 0);
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
echo $_SESSION['count'], "\n";
