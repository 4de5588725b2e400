<?php
/* What an application does when the browser has its answer is kept.
requests = ["", "work=1", "wait=1"]
*/
session_start();
if (isset($_GET['work'])) {
    echo "answered\n";
    fastcgi_finish_request();
    $_SESSION['after'] = 'kept';
    session_write_close();
    touch(__DIR__ . '/done-' . $_SERVER['SERVER_PORT']);
    exit;
}
if (isset($_GET['wait'])) {
    session_abort();
    while (!file_exists(__DIR__ . '/done-' . $_SERVER['SERVER_PORT'])) {
        clearstatcache();
        usleep(5000);
    }
    session_start();
}
$_SESSION['before'] = 'kept';
var_dump($_SESSION);
