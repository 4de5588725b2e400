<?php
/* An application as they are written: it knows PHP's sessions and nothing else. The last part of the path says what it
 * does, and each answer is its session as JSON. */
class Cart
{
	public $lines = [];
	private $open = true;

	public function add($line)
	{
		$this->lines[] = $line;
	}
}

if (isset($_GET['beside'])) { /* another session, of another name */
	$name = session_name($_GET['beside']);
	session_start();
	$_SESSION['beside'] = 'yes';
	session_write_close();
	session_id('');
	session_name($name);
}
if (isset($_GET['unplugged'])) { /* PHP cannot reach the gateway while the session is started */
	rename($_SERVER['SESSION_SOCKET'], $_SERVER['SESSION_SOCKET'] . '.away');
	$started = @session_start();
	rename($_SERVER['SESSION_SOCKET'] . '.away', $_SERVER['SESSION_SOCKET']);
	echo json_encode(['session' => $_SESSION ?? null, 'started' => $started]);
	exit;
}
session_start();
switch (basename(parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH))) {
	case 'login':
		$_SESSION['user'] = $_GET['user'];
		break;
	case 'login-renewed':
		session_regenerate_id(true);
		$_SESSION['user'] = $_GET['user'];
		break;
	case 'set':
		$_SESSION[$_GET['name']] = $_GET['value'];
		break;
	case 'fill':
		$_SESSION['filling'] = str_repeat('x', (int) $_GET['bytes']);
		break;
	case 'buy':
		$_SESSION['cart'] = $_SESSION['cart'] ?? new Cart();
		$_SESSION['cart']->add($_GET['line']);
		break;
	case 'late':
		echo str_repeat(' ', 70000);
		flush();
		$_SESSION[$_GET['name']] = $_GET['value'];
		break;
	case 'wait':
		touch($_GET['for'] . '.waits');
		while (!file_exists($_GET['for'])) {
			usleep(5000);
			clearstatcache();
		}
		$_SESSION['waited'] = true;
		break;
	case 'empty':
		$_SESSION = [];
		break;
	case 'logout':
		$_SESSION = [];
		session_destroy();
		break;
}
echo json_encode(['id' => session_id(), 'cookie' => $_COOKIE[session_name()] ?? null, 'session' => $_SESSION]);
