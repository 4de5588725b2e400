<?php
/* Codec.php - values of $_SESSION as JSON text. What JSON would lose is PHP-serialized in an object whose one member is
 * `$php`: objects, references, null (which as an attribute means "remove"), text that is not UTF-8 or holds NUL, NaN,
 * and arrays that hold such things or a key `$php`. Serialized text that is not UTF-8, or holds NUL, is in base64. */
declare(strict_types=1);

namespace SessionGate;

final class Codec
{
    public const MEMBER = '$php';

    private const BASE64 = 'base64:';
    private const BASE64_CHARS = 7;
    public const FLAGS = \JSON_PRESERVE_ZERO_FRACTION | \JSON_UNESCAPED_SLASHES | \JSON_UNESCAPED_UNICODE;
    /** What serialize() writes of objects, enumerations and references. In a string it is a false alarm, which costs
     * nothing but legibility. */
    private const BEYOND_JSON = '/(?:^|[;{])[OCErR]:/';

    /** One member of an object: a JSON string. */
    public static function name(string $name): string
    {
        return (string) \json_encode($name, self::FLAGS);
    }

    /** JSON text of any value. May throw what an object throws that cannot be serialized. */
    public static function encode($value): string
    {
        if (\is_int($value) || \is_bool($value)) {
            return (string) \json_encode($value);
        }
        if ($value !== null) {
            $json = \is_array($value) ? self::encodeArray($value) : self::encodePlain($value);
            if ($json !== null) {
                return $json;
            }
        }
        return self::wrap(\serialize($value));
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

    /** Text, numbers. Null: it would lose something. */
    private static function encodePlain($value): ?string
    {
        if (\is_object($value) || \is_resource($value)) {
            return null;
        }
        $json = @\json_encode($value, self::FLAGS);
        return $json === false || \strpos($json, '\u0000') !== false ? null : $json;
    }

    private static function encodeArray(array $value): ?string
    {
        if ($value !== [] && \preg_match(self::BEYOND_JSON, \serialize($value)) !== 0) {
            return null;
        }
        $json = self::encodePlain($value);
        return $json === null || \strpos($json, '"$php"') !== false ? null : $json;
    }
}
