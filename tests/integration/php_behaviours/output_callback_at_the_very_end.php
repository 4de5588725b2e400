<?php
/* What a callback of the output changes, which PHP calls when all else is over, is kept, also when the header is out.
requests = 3
*/
session_start();
while (@ob_end_flush());
echo 'last ', $_SESSION['last'] ?? 0, ' count ', $_SESSION['count'] ?? 0, "\n";
flush();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
ob_start(static function (string $text): string {
    $_SESSION['last'] = ($_SESSION['last'] ?? 0) + 1;
    return strtoupper($text);
});
echo "a text\n";
