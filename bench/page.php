<?php
/* The page that handlers.py asks for; the last part of the path says what it does.
 *   start-small, start-large   a session of about 2 KB, or 30 KB
 *   read, write, late          uses it; write changes one small value of it, and late does so when its header is out
 *   none                       has no session
 *   show                       a line for each key: what is there, as a digest */
declare(strict_types=1);

function line(int $n): array
{
	return ['sku' => "article-$n", 'title' => "Something that costs $n", 'price' => $n * 1.25, 'quantity' => $n % 3 + 1];
}

function start(int $lines): void
{
	$_SESSION['user'] = ['id' => 4711, 'name' => 'alice', 'roles' => ['customer', 'editor'], 'language' => 'de_DE'];
	$_SESSION['csrf'] = bin2hex(random_bytes(32));
	$_SESSION['cart'] = array_map('line', range(1, intdiv($lines, 3)));
	$_SESSION['seen'] = array_map('line', range(1, $lines - intdiv($lines, 3)));
	$_SESSION['flash'] = [];
	$_SESSION['visits'] = 0;
}

function show(): void
{
	foreach ($_SESSION as $name => $value) {
		echo $name, '=', md5(serialize($value)), "\n";
	}
}

$what = basename($_SERVER['REQUEST_URI']);
if ($what !== 'none') {
	session_start();
}
switch ($what) {
	case 'start-small':
		start(15);
		break;
	case 'start-large':
		start(240);
		break;
	case 'late':
		echo 'a page on its way ';
		while (ob_get_level() > 0) {
			ob_end_flush();
		}
		flush();
		// fall through
	case 'write':
		$_SESSION['visits'] = ($_SESSION['visits'] ?? 0) + 1;
		break;
	case 'show':
		show();
		exit;
}
echo str_pad($_SESSION['user']['name'] ?? 'nobody', 1024, '.');
