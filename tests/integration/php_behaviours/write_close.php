<?php
/* After session_write_close() a change is for this request alone.
requests = 3
*/
session_start();
$_SESSION['kept'] = ($_SESSION['kept'] ?? 0) + 1;
var_dump(session_write_close());
$_SESSION['lost'] = 'never kept';
$_SESSION['kept'] += 100;
var_dump(session_write_close(), $_SESSION);
