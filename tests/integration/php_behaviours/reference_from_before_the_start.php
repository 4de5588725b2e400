<?php
/* A reference to a member that is made before the start is not the session's.
requests = 2
*/
$early = &$_SESSION['early'];
session_start();
$early = 'lost';
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
print_r($_SESSION);
