<?php
/* auto_prepend_file with variables, functions and a return of its own: the first two are the page's.
requests = 2
ini = {auto_prepend_file = "globals.inc"}
files = {"globals.inc" = "<?php $site = 'from the prepended file'; function helper(): string { return 'helped'; } return 5;"}
*/
session_start();
$_SESSION['site'] = $site;
echo $site, ' ', helper(), "\n";
print_r($_SESSION);
