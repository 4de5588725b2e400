<?php
/* A session can be destroyed when the header is out.
requests = 3
ini = {output_buffering = "0"}
*/
session_start();
echo "the page begins\n";
if ($_GET['n'] === '1') {
    $_SESSION['a'] = 1;
} elseif ($_GET['n'] === '2') {
    var_dump(session_destroy());
}
var_dump($_SESSION);
