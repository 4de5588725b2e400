<?php
/* $_SESSION without a session is a variable like others.
requests = 2
*/
$_SESSION['a'] = ($_SESSION['a'] ?? 0) + 1;
print_r($_SESSION);
