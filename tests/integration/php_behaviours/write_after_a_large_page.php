<?php
/* So it is when the page is larger than every buffer.
requests = 3
*/
session_start();
for ($i = 0; $i < 30_000; $i++) {
    echo "line $i of a page\n";
}
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
var_dump(headers_sent(), $_SESSION['count']);
