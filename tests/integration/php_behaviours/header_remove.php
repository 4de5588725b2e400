<?php
/* An application that removes headers.
requests = ["", "one=1", "all=1", ""]

[[differs]]
why = "a response that changes the session is never cached, unless the application says how"
request = 3
files = "200"
gateway = '''
200
cache-control: no-store'''
*/
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
header('X-Own: 1');
if (isset($_GET['one'])) {
    header_remove('X-Own');
} elseif (isset($_GET['all'])) {
    header_remove();
}
echo $_SESSION['count'], "\n";
