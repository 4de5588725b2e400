<?php
/* The PHP half of the demonstration. It never calls session_start(): the gateway in front keeps the
 * session, tells us in $_SERVER who the visitor is, and takes our changes as response headers.
 * Only POST changes anything, and the cookie is SameSite=Lax: another site's form cannot speak for the visitor. */
declare(strict_types=1);

function see_other(string $where): never
{
    header("Location: $where", true, 303);
    exit;
}

function text(string $raw): string
{
    return htmlspecialchars($raw, ENT_QUOTES | ENT_SUBSTITUTE, 'UTF-8');
}

$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
$field = fn (string $name): string => trim((string) ($_POST[$name] ?? ''));

if ($_SERVER['REQUEST_METHOD'] === 'POST') {
    if ($path === '/php/login' && $field('user') !== '') {
        header('X-Session-Login: ' . rawurlencode($field('user')));     // a real one asks for a password first
    } elseif ($path === '/php/note') {
        header('X-Session-Set: note=' . rawurlencode($field('note')));
    } elseif ($path === '/php/logout') {
        header('X-Session-Logout: self');
    }
    see_other('/php/');
}

$user = $_SERVER['SESSION_USER'] ?? null;
$state = $_SERVER['SESSION_STATE'] ?? 'off';
$note = $_SERVER['SESSION_ATTR_note'] ?? '';
header('Content-Type: text/html; charset=utf-8');
?>
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>sessiongate: PHP</title>
<link rel="stylesheet" href="/style.css">
<main>
<nav><b>PHP</b> <a href="/c/">C</a></nav>
<h1>PHP <?= $user === null ? 'does not know you' : 'knows you as ' . text($user) ?></h1>
<p>Your session is: <?= text($state) ?>. Your note: <?= $note === '' ? 'none' : '“' . text($note) . '”' ?></p>
<form method="post" action="/php/note"><input name="note" maxlength="80" aria-label="note" placeholder="a note"> <button>Keep it</button></form>
<?php if ($user === null) { ?>
<form method="post" action="/php/login"><input name="user" maxlength="80" required aria-label="name" placeholder="your name"> <button>Log in</button></form>
<?php } else { ?>
<form method="post" action="/php/logout"><button>Log out</button></form>
<?php } ?>
</main>
</html>
