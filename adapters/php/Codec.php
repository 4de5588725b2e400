<?php
/* Codec.php - values of $_SESSION as JSON text. What JSON would lose is PHP-serialized in an object whose one member is
 * `$php`: objects, null (which as an attribute means "remove"), text that is not UTF-8 or holds NUL, NaN, and arrays
 * with keys that are such text, or `$php`. An array with names for its members that holds such things somewhere is JSON
 * around them, for who looks something up by name (login_from); but a list is serialized whole, and so is what shares
 * objects or references among its members. Serialized text that is not UTF-8, or holds NUL, is in base64. */
declare(strict_types=1);

namespace SessionGate;

final class Codec
{
    public const MEMBER = '$php';

    private const BASE64 = 'base64:';
    private const BASE64_CHARS = 7;
    public const FLAGS = \JSON_PRESERVE_ZERO_FRACTION | \JSON_UNESCAPED_SLASHES | \JSON_UNESCAPED_UNICODE;
    /** What serialize() writes of objects, enumerations and references. In a string it is a false alarm, which costs
     * nothing but time. */
    private const BEYOND_JSON = '/(?:^|[;{])[OCErR]:/';
    /** And of what was there before, which it counts from the beginning of the text. */
    private const AGAIN = '/([rR]):\d+;/';
    /** Deeper within an array nothing is taken apart: each level costs as much as serializing what is below. */
    private const LEVELS = 32;
    private const DEPTH = 512;

    /** One member of an object: a JSON string. */
    public static function name(string $name): string
    {
        return (string) \json_encode($name, self::FLAGS);
    }

    /** JSON text of any value. May throw what an object throws that cannot be serialized. $serialized: what serialize()
     * makes of it, where that is known; to ask again runs the application's __sleep(). */
    public static function encode($value, ?string $serialized = null): string
    {
        if (\is_int($value) || \is_bool($value)) {
            return (string) \json_encode($value);
        }
        if (\is_array($value)) {
            return self::encodeArray($value, $serialized ?? \serialize($value), 0);
        }
        $json = $value === null ? null : self::encodePlain($value);
        return $json ?? self::wrap($serialized ?? \serialize($value));
    }

    /** The JSON text of serialized text. */
    public static function wrap(string $serialized): string
    {
        $json = self::encodePlain($serialized) ?? self::name(self::BASE64 . \base64_encode($serialized));
        return '{"$php":' . $json . '}';
    }

    /** The serialized text in a decoded value; null: it is not made of any. */
    public static function serialized($decoded): ?string
    {
        if (!\is_array($decoded) || !isset($decoded[self::MEMBER]) || \count($decoded) !== 1) {
            return null;
        }
        $text = $decoded[self::MEMBER];
        if (!\is_string($text)) {
            return null;
        }
        if (\strncmp($text, self::BASE64, self::BASE64_CHARS) !== 0) {
            return $text;
        }
        return (string) \base64_decode(\substr($text, self::BASE64_CHARS), true);
    }

    /** What serialize() makes of the value that a decoded one stands for. Only where that refers to what was there before
     * the counting may be another. */
    public static function joined($decoded): string
    {
        if (!\is_array($decoded)) {
            return \serialize($decoded);
        }
        return self::serialized($decoded) ?? self::joinArray(\array_map([self::class, 'joined'], $decoded));
    }

    /** Does it stand for anything but itself? Said of its JSON text. */
    public static function standsForOther(string $json): bool
    {
        return \strpos($json, '"$php":') !== false;
    }

    /** Text, numbers. Null: it would lose something. */
    private static function encodePlain($value, int $level = 0): ?string
    {
        if (\is_object($value) || \is_resource($value)) {
            return null;
        }
        $json = @\json_encode($value, self::FLAGS, self::DEPTH - $level);
        return $json === false || \strpos($json, '\u0000') !== false ? null : $json;
    }

    private static function encodeArray(array $value, string $serialized, int $level): string
    {
        $json = \preg_match(self::BEYOND_JSON, $serialized) === 0 ? self::encodePlain($value, $level) : null;
        if ($json !== null && !self::standsForOther($json)) {
            return $json;
        }
        return self::encodeMembers($value, $serialized, $level) ?? self::wrap($serialized);
    }

    /** Each for itself; null: apart they would lose something, or nobody would gain by it. */
    private static function encodeMembers(array $value, string $serialized, int $level): ?string
    {
        if ($level === self::LEVELS || \array_key_exists(self::MEMBER, $value) || self::isList($value)) {
            return null;
        }
        $texts = \array_map('serialize', $value);
        if (!self::areApart($texts, $serialized)) {
            return null;
        }
        $members = [];
        foreach ($value as $key => $member) {
            $name = self::encodePlain((string) $key);
            if ($name === null) {
                return null;
            }
            $members[] = "$name:" . self::encodeMember($member, $texts[$key], $level + 1);
        }
        return '{' . \implode(',', $members) . '}';
    }

    private static function encodeMember($member, string $serialized, int $level): string
    {
        if (\is_array($member)) {
            return self::encodeArray($member, $serialized, $level);
        }
        return $member === null ? 'null' : self::encode($member, $serialized);
    }

    private static function isList(array $value): bool
    {
        return \key($value) === 0 && \array_keys($value) === \range(0, \count($value) - 1);
    }

    /** Is no object or reference shared among the members? For each that was serialized before by another one the whole
     * refers to that, and the member, by itself, does not.
     *
     * @param string[] $texts */
    private static function areApart(array $texts, string $whole): bool
    {
        return \preg_match(self::AGAIN, $whole) === 0
            || \preg_replace(self::AGAIN, '$1', self::joinArray($texts)) === \preg_replace(self::AGAIN, '$1', $whole);
    }

    /** @param string[] $texts */
    private static function joinArray(array $texts): string
    {
        $members = '';
        foreach ($texts as $key => $text) {
            $members .= \serialize($key) . $text;
        }
        return 'a:' . \count($texts) . ':{' . $members . '}';
    }
}
