<?php
/* Lines that are sent one by one, after the close.
requests = 2
ini = {output_buffering = "0"}
*/
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
session_write_close();
header('Content-Type: text/event-stream');
for ($i = 0; $i < 3; $i++) {
    echo "data: $i\n\n";
    flush();
}
