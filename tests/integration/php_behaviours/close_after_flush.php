<?php
/* Closed and opened again when the header is out: the notes of PHP are the same.
requests = 3
ini = {output_buffering = "0"}
*/
session_start();
echo "the page begins\n";
$_SESSION['first'] = $_GET['n'];
var_dump(session_write_close());
var_dump(session_start());
$_SESSION['second'] = $_GET['n'];
var_dump($_SESSION);
