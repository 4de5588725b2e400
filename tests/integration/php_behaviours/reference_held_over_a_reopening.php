<?php
/* References to members, over session_write_close() and a new start.
requests = 2
*/
session_start();
$_SESSION['list'] ??= [];
$list = &$_SESSION['list'];
$list[] = 'before the close';
session_write_close();
session_start();
$list[] = 'after the start';
print_r($_SESSION);
