<?php
/* An application that knows nothing of the gateway: it has PHP's own sessions, as far as it can tell. */
declare(strict_types=1);

session_start();
$_SESSION['visits'] = ($_SESSION['visits'] ?? 0) + 1;
if ($_SERVER['REQUEST_METHOD'] === 'POST') {
    $_SESSION['note'] = (string) ($_POST['note'] ?? '');
    header('Location: /', true, 303);
    exit;
}
$note = htmlspecialchars($_SESSION['note'] ?? '', ENT_QUOTES | ENT_SUBSTITUTE, 'UTF-8');
header('Content-Type: text/html; charset=utf-8');
?>
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>sessiongate: two gateways</title>
<p>Visit <b><?= $_SESSION['visits'] ?></b>. Your note: <i><?= $note ?></i></p>
<form method="post"><input name="note" maxlength="80" aria-label="note"> <button>Keep it</button></form>
</html>
