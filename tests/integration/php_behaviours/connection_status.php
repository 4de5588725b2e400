<?php
/* An application that goes on when the visitor has left keeps what it does.
requests = 2
*/
ignore_user_abort(true);
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
echo connection_status(), ' ', $_SESSION['count'], "\n";
