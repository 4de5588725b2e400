<?php
/* SerializeFormat.php - the text that PHP keeps of a session, in the format of session.serialize_handler, as an array.
 *
 * PHP itself decodes only into $_SESSION, and destroys the session where it fails. The formats "php" and "php_binary"
 * are serialized values one behind another, and references between them count the values from the first on. As members
 * of one array each is counted one higher, since the array is counted too: so the values are moved over as text, and
 * unserialize() does the rest. */
declare(strict_types=1);

namespace SessionGate;

final class SerializeFormat
{
    private const NUMBER = '/\G-?\d+/';

    private string $text;
    private int $at = 0;

    private function __construct(string $text)
    {
        $this->text = $text;
    }

    /** Null: it is none of a session, or nobody here knows the format. */
    public static function decode(string $text, string $format): ?array
    {
        $previous = \set_error_handler(static function (int $level, string $message, ...$where) use (&$previous) {
            if ($where[0] === __FILE__) {
                throw new \UnexpectedValueException($message);
            }
            /* what an application's own __wakeup() says is no fault of the text */
            return $previous !== null ? $previous($level, $message, ...$where) : false;
        });
        try {
            $session = self::read($text, $format);
        } catch (\Throwable $e) {
            return null;
        } finally {
            \restore_error_handler();
        }
        return \is_array($session) ? $session : null;
    }

    /** @return mixed */
    private static function read(string $text, string $format)
    {
        switch ($format) {
            case 'php_serialize':
                return \unserialize($text);
            case 'php':
                return \unserialize((new self($text))->gather('keyBeforeBar'));
            case 'php_binary':
                return \unserialize((new self($text))->gather('keyAfterLength'));
            case 'igbinary':
                return \function_exists('igbinary_unserialize') ? \igbinary_unserialize($text) : null;
            default:
                return null;
        }
    }

    /* --- Many values to one array --- */

    private function gather(string $readKey): string
    {
        $members = '';
        $count = 0;
        while ($this->at < \strlen($this->text)) {
            $key = $this->$readKey();
            $members .= \serialize(self::asArrayKey($key)) . $this->value();
            $count++;
        }
        return "a:$count:{" . $members . '}';
    }

    /** @return int|string */
    private static function asArrayKey(string $key)
    {
        return \key([$key => 0]);
    }

    private function keyBeforeBar(): string
    {
        $bar = \strpos($this->text, '|', $this->at);
        if ($bar === false) {
            throw new \UnexpectedValueException('a name without a value');
        }
        return $this->take($bar + 1, -1);
    }

    private function keyAfterLength(): string
    {
        $length = \ord($this->text[$this->at++]);
        return $this->take($this->at + $length, 0);
    }

    /** What lies between here and $end, without the last -$drop bytes of it; goes on at $end. */
    private function take(int $end, int $drop): string
    {
        if ($end > \strlen($this->text)) {
            throw new \UnexpectedValueException('it ends too soon');
        }
        $taken = \substr($this->text, $this->at, $end - $this->at + $drop);
        $this->at = $end;
        return $taken;
    }

    /* --- One value --- */

    /** The serialized value that begins here, with its references counted one higher; goes on behind it. */
    private function value(): string
    {
        $type = $this->text[$this->at] ?? '';
        switch ($type) {
            case 'N':
                return $this->expect('N;');
            case 'b':
            case 'i':
            case 'd':
                return $this->upTo(';');
            case 'R':
            case 'r':
                return $this->reference($type);
            case 's':
            case 'E':
                return $this->expect("$type:") . $this->quoted() . $this->expect(';');
            case 'a':
                return $this->expect('a:') . $this->members();
            case 'O':
                return $this->expect('O:') . $this->quoted() . $this->expect(':') . $this->members();
            case 'C':
                return $this->expect('C:') . $this->quoted() . $this->expect(':') . $this->custom();
            default:
                throw new \UnexpectedValueException('no value');
        }
    }

    private function expect(string $what): string
    {
        if (\substr_compare($this->text, $what, $this->at, \strlen($what)) !== 0) {
            throw new \UnexpectedValueException("no '$what'");
        }
        $this->at += \strlen($what);
        return $what;
    }

    private function number(): int
    {
        if (\preg_match(self::NUMBER, $this->text, $match, 0, $this->at) !== 1) {
            throw new \UnexpectedValueException('no number');
        }
        $this->at += \strlen($match[0]);
        return (int) $match[0];
    }

    private function upTo(string $mark): string
    {
        $end = \strpos($this->text, $mark, $this->at);
        if ($end === false) {
            throw new \UnexpectedValueException("no '$mark'");
        }
        return $this->take($end + \strlen($mark), 0);
    }

    private function reference(string $type): string
    {
        $this->expect("$type:");
        $number = $this->number() + 1;
        return "$type:$number" . $this->expect(';');
    }

    /** LENGTH:"BYTES" */
    private function quoted(): string
    {
        $start = $this->at;
        $length = $this->number();
        $this->expect(':"');
        $this->take($this->at + $length, 0);
        $this->expect('"');
        return \substr($this->text, $start, $this->at - $start);
    }

    /** COUNT:{KEY VALUE …} */
    private function members(): string
    {
        $count = $this->number();
        $parts = [$count . $this->expect(':{')];
        for ($i = 0; $i < 2 * $count; $i++) {
            $parts[] = $this->value();
        }
        $parts[] = $this->expect('}');
        return \implode('', $parts);
    }

    /** LENGTH:{BYTES}, which only its class can read. Where that has called serialize(), references count on. */
    private function custom(): string
    {
        $length = $this->number();
        $this->expect(':{');
        $bytes = $this->take($this->at + $length, 0);
        $this->expect('}');
        $bytes = self::counted($bytes) ?? $bytes;
        return \strlen($bytes) . ':{' . $bytes . '}';
    }

    /** With its references counted one higher; null: it is not one array or object. */
    private static function counted(string $bytes): ?string
    {
        if (\preg_match('/^[aOC]:/', $bytes) !== 1) {
            return null;
        }
        $inner = new self($bytes);
        try {
            $value = $inner->value();
        } catch (\Throwable $e) {
            return null;
        }
        return $inner->at === \strlen($bytes) ? $value : null;
    }
}
