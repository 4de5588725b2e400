<?php
/* What a destructor changes when the page is out is kept.
requests = 2
*/
final class Last
{
    public function __destruct()
    {
        while (@ob_end_flush());
        flush();
        $_SESSION['late'] = ($_SESSION['late'] ?? 0) + 1;
        echo 'late ', $_SESSION['late'], "\n";
    }
}

session_start();
$last = new Last();
echo "page\n";
