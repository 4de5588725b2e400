<?php

declare(strict_types=1);

namespace SessionGate;

/**
 * Values of PHP as attributes of a session: JSON where that loses nothing, else what serialize() makes of them, in an
 * object with the one member $php. The gateway takes such a member from this adapter's applications alone, so what
 * stands there was written here, and may be unserialized.
 */
final class Values
{
    public const SERIALIZED = '$php';
    private const BASE64 = 'base64:';
    private const DEEPEST = 60;
    public const FLAGS = JSON_UNESCAPED_SLASHES | JSON_PRESERVE_ZERO_FRACTION;

    /** JSON text. @param mixed $value */
    public static function encode($value): string
    {
        if ($value !== null && self::isPlain($value, 0)) {
            $text = \json_encode($value, self::FLAGS);
            if ($text !== false && !self::hasReference($value)) {
                return $text;
            }
        }
        return self::serialized($value);
    }

    /** JSON text of what serialize() makes of it. @param mixed $value */
    public static function serialized($value): string
    {
        $text = \serialize($value);
        if (\preg_match('//u', $text) !== 1 || \strpos($text, "\0") !== false) {
            $text = self::BASE64 . \base64_encode($text);
        }
        return (string) \json_encode([self::SERIALIZED => $text], self::FLAGS);
    }

    /** Of what json_decode() made, with arrays for objects. @param mixed $value @return mixed */
    public static function decode($value)
    {
        if (!self::isSerialized($value)) {
            return $value;
        }
        $text = $value[self::SERIALIZED];
        if (\strncmp($text, self::BASE64, \strlen(self::BASE64)) === 0) {
            $text = (string) \base64_decode(\substr($text, \strlen(self::BASE64)), true);
        }
        return \unserialize($text);
    }

    /** @param mixed $value */
    public static function isSerialized($value): bool
    {
        return \is_array($value) && \count($value) === 1 && \is_string($value[self::SERIALIZED] ?? null);
    }

    /** Comes back from JSON as it is. @param mixed $value */
    private static function isPlain($value, int $depth): bool
    {
        if (\is_string($value)) {
            return \strpos($value, "\0") === false;
        }
        if (\is_float($value)) {
            return \is_finite($value) && ($value !== 0.0 || \fdiv(1.0, $value) > 0);
        }
        if (!\is_array($value)) {
            return $value === null || \is_scalar($value);
        }
        if ($depth >= self::DEEPEST) {
            return false;
        }
        foreach ($value as $key => $member) {
            if ($key === self::SERIALIZED || (\is_string($key) && \strpos($key, "\0") !== false) ||
                !self::isPlain($member, $depth + 1)) {
                return false;
            }
        }
        return true;
    }

    /** Of one element to another, which JSON would cut. @param mixed $value */
    private static function hasReference($value): bool
    {
        if (!\is_array($value)) {
            return false;
        }
        foreach ($value as $key => $member) {
            if (\ReflectionReference::fromArrayElement($value, $key) !== null || self::hasReference($member)) {
                return true;
            }
        }
        return false;
    }
}
