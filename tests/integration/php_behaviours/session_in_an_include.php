<?php
/* Start, change and close in included files and functions.
requests = 2
files = {"part.inc" = "<?php (function () { session_start(); $_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1; })(); return $_SESSION['count'];"}
*/
echo include 'part.inc', "\n";
