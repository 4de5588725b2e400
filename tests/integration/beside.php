<?php
/* A page beside an unmodified application, in the same session: sets one key of it, slowly, or shows them all.
 *   name     session_name()
 *   key      the key to set; none: the keys that there are, as JSON */
declare(strict_types=1);

session_name($_GET['name']);
session_start();
if (isset($_GET['key'])) {
	usleep(200000); /* so that many have read before the first one writes */
	$_SESSION[$_GET['key']] = str_repeat($_GET['key'], 10);
}
header('Content-Type: application/json');
echo json_encode(array_map('strval', array_keys($_SESSION)));
