<?php
/* A destructor's changes are kept.
requests = 3
*/
class Writer
{
    public function __destruct()
    {
        $_SESSION['written'][] = "by the destructor of request {$_GET['n']}";
    }
}
$writer = new Writer();
session_start();
print_r($_SESSION);
