<?php
/* auto_prepend_file of the application itself, which starts the session, and auto_append_file.
requests = 2
ini = {auto_prepend_file = "before.inc", auto_append_file = "after.inc"}
files = {"before.inc" = "<?php session_start(); echo \"before\\n\";", "after.inc" = "<?php $_SESSION['after'] = 'yes'; echo \"after\\n\";"}
*/
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
print_r($_SESSION);
