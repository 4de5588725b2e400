<?php
/* A handler of errors sees PHP's notices of the session with their places.
requests = 1
*/
set_error_handler(function (int $level, string $message, string $file, int $line): bool {
    echo "level $level: $message, ", basename($file), ":$line\n";
    return true;
});
session_start();
session_start();
session_id('late');
$_SESSION[3] = 1;
session_write_close();
