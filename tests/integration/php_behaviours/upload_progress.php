<?php
/* session.upload_progress: how far an upload is, kept when it is over.
requests = ["", {method = "POST", headers = {"Content-Type" = "multipart/form-data; boundary=b"}, body = "--b\r\nContent-Disposition: form-data; name=\"PHP_SESSION_UPLOAD_PROGRESS\"\r\n\r\nmine\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nits text\r\n--b--\r\n"}, ""]
ini = {"session.upload_progress.cleanup" = "0", "session.upload_progress.min_freq" = "0"}

[[differs]]
why = "PHP writes the progress before it loads anything of ours; the upload itself works"
request = 2
files = "2 a.txt, done true"
gateway = "2 no progress"

[[differs]]
why = "PHP writes the progress before it loads anything of ours; the upload itself works"
request = 3
files = "3 a.txt, done true"
gateway = "3 no progress"
*/
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
$progress = $_SESSION['upload_progress_mine'] ?? null;
echo $_SESSION['count'], ' ', $progress ? "{$progress['files'][0]['name']}, done " . json_encode($progress['done']) : 'no progress', "\n";
