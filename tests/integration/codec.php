<?php
/* Values of every make, with objects and references shared among any of their parts, to JSON text and back: prints what
 * does not come back as it was, and "same" at the end. The first argument says how many, the second with which seed. */
declare(strict_types=1);

use SessionGate\Codec;
use SessionGate\Session;
use SessionGate\Visit;

foreach (['Codec', 'Session', 'Visit'] as $class) {
	require __DIR__ . "/../../adapters/php/$class.php";
}

class Basket
{
	public $lines;
	protected $rate = 0.1;
	private $self;

	public function __construct($lines)
	{
		$this->lines = $lines;
		$this->self = $this;
	}
}

class Modern
{
	private $data;

	public function __construct($data)
	{
		$this->data = $data;
	}

	public function __serialize(): array
	{
		return [5 => 'x', 'data' => $this->data];
	}

	public function __unserialize(array $data): void
	{
		$this->data = $data['data'];
	}
}

enum Suit: string
{
	case Hearts = 'h';
}

class Values
{
	private const KEYS = ['name', '', 7, 0, 'a.b', '$php', "k\xff", "k\0", '$php:x', 'ü"\\'];

	private array $objects = [];
	private array $references = [];

	public function any(int $depth)
	{
		switch (mt_rand(0, $depth > 0 ? 16 : 9)) {
			case 0:
				return null;
			case 1:
				return mt_rand(-3, 3);
			case 2:
				return [0.0, -0.0, 1.5, NAN, -INF][mt_rand(0, 4)];
			case 3:
				return ["\xff", "a\0b", '\u0000', "\x7f"][mt_rand(0, 3)];
			case 4:
				return ['{O:1:"x"', ';R:2;', '$php', '"$php":', 'base64:AA=='][mt_rand(0, 4)];
			case 5:
				return Suit::Hearts;
			case 6:
				return (bool) mt_rand(0, 1);
			case 7:
				return $this->objects === [] ? 'alice' : $this->objects[array_rand($this->objects)];
			case 8:
			case 9:
				return 'alice';
			case 10:
				return $this->objects[] = new Basket($this->any($depth - 1));
			case 11:
				return $this->objects[] = new Modern($this->any($depth - 1));
			case 12:
				return array_map(fn () => $this->any($depth - 1), range(0, mt_rand(0, 3)));
			default:
				return $this->members($depth - 1);
		}
	}

	private function members(int $depth): array
	{
		$array = [];
		for ($count = mt_rand(0, 4); $count > 0; $count--) {
			$key = mt_rand(0, 3) > 0 ? 'k' . mt_rand(0, 9) : self::KEYS[array_rand(self::KEYS)];
			if (mt_rand(0, 9) > 0) {
				$array[$key] = $this->any($depth);
			} elseif ($this->references !== [] && mt_rand(0, 1) > 0) {
				$array[$key] = &$this->references[array_rand($this->references)];
			} else {
				$value = $this->any($depth);
				$array[$key] = &$value;
				$this->references[] = &$value;
				unset($value);
			}
		}
		return $array;
	}
}

function restored(string $json)
{
	static $session, $value;
	$session = $session ?? (new ReflectionClass(Session::class))->newInstanceWithoutConstructor();
	$value = $value ?? new ReflectionMethod($session, 'value');
	return $value->invoke($session, 'v', json_decode($json, true, Visit::DEPTH, JSON_THROW_ON_ERROR));
}

/** Members `$php` are those that hold serialized text, and no others. */
function strays($decoded): bool
{
	if (!is_array($decoded) || Codec::serialized($decoded) !== null) {
		return false;
	}
	return array_key_exists('$php', $decoded) || array_filter($decoded, 'strays') !== [];
}

mt_srand((int) $argv[2]);
for ($i = 0; $i < (int) $argv[1]; $i++) {
	$before = (new Values())->any(5);
	$json = Codec::encode($before);
	$after = restored($json);
	$wrong = array_keys(array_filter([
		'otherwise' => serialize($before) !== serialize($after),
		'not the same text again' => Codec::encode($after) !== $json,
		'a member $php of its own' => strays(json_decode($json, true, Visit::DEPTH)),
		'NUL' => strpos($json, '\u0000') !== false && strpos($json, '\\\\u0000') === false,
		'unlike' => strpos($json, '"$php":') !== false && preg_match('/[rR]:\d/', serialize($before)) === 0
			&& Codec::joined(json_decode($json, true, Visit::DEPTH)) !== serialize($before),
	]));
	if ($wrong !== []) {
		fwrite(STDOUT, implode(', ', $wrong) . ": $json\n" . serialize($before) . "\n" . serialize($after) . "\n");
		exit(1);
	}
}
echo 'same';
