<?php
/* 304 and 204 keep what changed.
requests = ["status=304", "status=204", "status=404", "status=500", "status=200"]
*/
session_start();
$_SESSION['statuses'][] = $_GET['status'];
http_response_code((int) $_GET['status']);
if ($_GET['status'] >= '400' || $_GET['status'] === '200') {
    print_r($_SESSION);
}
