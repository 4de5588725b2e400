<?php
/* Visit.php - what the gateway says of this request: how the adapter is set, which session there is, which one a new
 * one would be. */
declare(strict_types=1);

namespace SessionGate;

final class Visit
{
    public array $settings;
    /** Of the session that the request came with, else of the one that it would make; '': it can make none. */
    public string $id;
    /** It came with one. */
    public bool $exists;
    /** Nothing that the application does is kept: a peek, a token that was just replaced, a store that is away. */
    public bool $readOnly;
    /** What the session API said. */
    private ?array $asked = null;

    public function __construct(array $settings)
    {
        $this->settings = $settings;
        $id = \getenv('SESSION_ID');
        $this->exists = $id !== false;
        $this->id = (string) ($this->exists ? $id : \getenv('SESSION_NEXT_ID'));
        $this->readOnly = $settings['mode'] === 'peek' || $this->id === '';
    }

    /** Decoded; the session API has those that are too large for a param. Throws a Failure where it fails. */
    public function attributes(): array
    {
        require_once __DIR__ . '/Codec.php';
        $text = \getenv('SESSION_ATTRIBUTES');
        if ($text !== false) {
            return \json_decode($text, true, Codec::DEPTH);
        }
        if ($this->asked === null) {
            require_once __DIR__ . '/Failure.php';
            require_once __DIR__ . '/Api.php';
            $this->asked = $this->exists ? (new Api())->attributes() : [];
        }
        return $this->asked;
    }

    /** $_COOKIE as it would be with PHP's own sessions: applications look there whether a visitor has one. What else the
     * client sent stays: an application with a handler of its own has its ids there, and strict mode refuses them here. */
    public function showCookies(): void
    {
        if ($this->exists) {
            foreach ($this->names() ?: [(string) \ini_get('session.name')] as $name) {
                $_COOKIE[$name] = $this->id;
            }
        }
    }

    /** Those under which sessions were started here, as their notes have them. Found without decoding all: only the
     * adapter writes members that begin like this, and within values they would be escaped. */
    private function names(): array
    {
        $text = \getenv('SESSION_ATTRIBUTES');
        if ($text === false) {
            return $this->namesAsked();
        }
        if (\strpos($text, '"$php') === false) {
            return [];
        }
        \preg_match_all('/"\$php":\{"name":"([^"\\\\]+)"|"\$php:([^"\\\\]+)":/', $text, $found);
        return \array_filter(\array_merge($found[1], $found[2]), 'strlen');
    }

    /** Of a session that is too large for a param. That it cannot be had is for session_start() to say. */
    private function namesAsked(): array
    {
        try {
            $attributes = $this->attributes();
        } catch (Failure $e) {
            return [];
        }
        $names = [];
        foreach (\array_keys($attributes) as $name) {
            if (\strncmp((string) $name, '$php:', 5) === 0) {
                $names[] = \substr($name, 5);
            }
        }
        return \array_merge($names, (array) ($attributes['$php']['name'] ?? []));
    }
}
