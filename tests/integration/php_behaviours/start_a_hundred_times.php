<?php
/* A start in a loop, a hundred times.
requests = 2
*/
for ($i = 0; $i < 100; $i++) {
    session_start();
    $_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
    session_write_close();
}
echo $_SESSION['count'], "\n";
