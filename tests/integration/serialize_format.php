<?php
/* What PHP makes of a session in the format that is named, beside what SerializeFormat makes of it: prints where they
 * differ, and "same" at the end. */
declare(strict_types=1);

use SessionGate\SerializeFormat;

require __DIR__ . '/../../adapters/php/SerializeFormat.php';

class Basket
{
	public $lines = ['x|y;}"', 1.5, null];
	protected $rate = 0.1;
	private $self;

	public function __construct()
	{
		$this->self = $this;
	}
}

class Modern
{
	public $inner;

	public function __serialize(): array
	{
		return ['inner' => $this->inner];
	}

	public function __unserialize(array $data): void
	{
		$this->inner = $data['inner'] ?? null;
		trigger_error('an application may say this', E_USER_WARNING);
	}
}

class Old implements Serializable
{
	public $text = 'a|i:1;R:2;';

	public function serialize()
	{
		return $this->text;
	}

	public function unserialize($text)
	{
		$this->text = $text;
	}
}

/** As classes were serialized before PHP 7.4: what is shared with the rest of the session is referred to from within. */
class Token extends Old
{
	public $user;

	public function __construct($user)
	{
		$this->user = $user;
	}

	public function serialize()
	{
		return serialize([$this->user, new Old(), parent::serialize()]);
	}

	public function unserialize($text)
	{
		[$this->user, , $this->text] = (@unserialize($text) ?: []) + [null, null, ''];
	}
}

enum Suit: string
{
	case Hearts = 'h';
}

function differs(bool $does, string $what): void
{
	if ($does) {
		fwrite(STDOUT, "$what\n");
		exit(1);
	}
}

function compare(string $format): void
{
	$_SESSION = ['user' => 'alice|;:"{}', 'n' => -5, 'f' => 0.1, 'inf' => -INF, 't' => true, 'nothing' => null,
		'bytes' => "\0\xff|x", 'list' => ['a' => [1, 2, ['x' => null]], 5 => 'y'], '5a' => '', "a!b\n" => 0];
	$basket = $_SESSION['basket'] = $_SESSION['again'] = new Basket();
	$_SESSION['old'] = new Old();
	$_SESSION['token'] = $format === 'igbinary' ? null : new Token($basket); /* it knows nothing of serialize() */
	$_SESSION['objects'] = new ArrayObject([1, $basket]);
	$_SESSION['when'] = new DateTime('2020-01-01');
	$shared = 'shared';
	$_SESSION['modern'] = new Modern();
	$_SESSION['modern']->inner = $basket;
	$_SESSION['suit'] = Suit::Hearts;
	$_SESSION['one'] = &$shared;
	$_SESSION['two'] = [&$shared, $basket, Suit::Hearts];
	$text = session_encode();
	$read = SerializeFormat::decode($text, $format);
	differs($read === null, 'it cannot be read');
	differs(serialize($read) !== serialize($_SESSION), 'it reads otherwise');
	differs($read['basket'] !== $read['again'], 'one object has become two');
	differs($format !== 'igbinary' && $read['basket'] !== $read['token']->user, 'one within another has become two');
	$read['one'] = 'changed';
	differs($read['two'][0] !== 'changed', 'a reference is none any more');
}

/** What is no session of PHP's is none here, and nothing worse. igbinary reads by itself. */
function damage(string $format): void
{
	$text = session_encode();
	for ($i = 1; $i < strlen($text); $i++) {
		SerializeFormat::decode(substr($text, 0, $i), $format);
		$bytes = $text;
		$bytes[$i] = chr(ord($bytes[$i]) ^ 1 << $i % 7);
		SerializeFormat::decode($bytes, $format);
	}
	differs(SerializeFormat::decode('', 'php') !== [], 'an empty session');
	differs(SerializeFormat::decode('a|i:1;', 'wddx') !== null, 'an unknown format');
	foreach (['name|', 'name', 'a|s:9:"x";', 'a|i:1', 'a|a:9999999:{', "\x05ab", 'a|Q:1;', 'a|b:0;|'] as $broken) {
		differs(SerializeFormat::decode($broken, 'php') !== null && $broken !== 'a|b:0;|', "it is read: $broken");
	}
}

ob_start();
error_reporting(E_ALL & ~E_DEPRECATED);
set_error_handler(static fn(int $level): bool => $level === E_USER_WARNING);
$format = $argv[1];
ini_set('session.serialize_handler', $format);
ini_set('session.use_cookies', '0');
ini_set('session.cache_limiter', '');
ini_set('session.save_path', $argv[2]);
session_start();
compare($format);
if (strncmp($format, 'php', 3) === 0) {
	damage($format);
}
session_abort();
ob_end_clean();
echo 'same';
