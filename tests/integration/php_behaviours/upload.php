<?php
/* A form with a file, beside a session.
requests = ["", {method = "POST", headers = {"Content-Type" = "multipart/form-data; boundary=b"}, body = "--b\r\nContent-Disposition: form-data; name=\"PHP_SESSION_UPLOAD_PROGRESS\"\r\n\r\nmine\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nits text\r\n--b--\r\n"}, ""]
*/
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
if ($_FILES) {
    $_SESSION['name'] = $_FILES['file']['name'];
    echo file_get_contents($_FILES['file']['tmp_name']), "\n";
}
print_r($_SESSION);
