<?php
/* A script that opens its session again and again sees what another request writes meanwhile.
requests = ["", {parallel = 2}]
*/
session_start();
if (($_GET['i'] ?? '') === '1') {
    $_SESSION['done'] = true;
}
for ($end = microtime(true) + 20; isset($_GET['i']) && !isset($_SESSION['done']) && microtime(true) < $end; usleep(5000)) {
    session_write_close();
    session_start();
}
echo isset($_SESSION['done']) ? 'done' : 'not done', "\n";
