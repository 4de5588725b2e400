<?php
/* A message for the next page only.
requests = ["say=saved", "", ""]
*/
session_start();
$message = $_SESSION['flash'] ?? 'nothing';
unset($_SESSION['flash']);
if (isset($_GET['say'])) {
    $_SESSION['flash'] = $_GET['say'];
}
echo $message, "\n";
