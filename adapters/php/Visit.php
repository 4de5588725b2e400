<?php
/* Visit.php - what the gateway says of this request: how the adapter is set, which session there is, which one a new
 * one would be. */
declare(strict_types=1);

namespace SessionGate;

final class Visit
{
    /** Of an attribute's value, and the objects that hold it. */
    public const DEPTH = 514;
    /** Sought from the $ on, of which there are few: a quote is every sixth character of JSON. */
    private const NOTED = '$php":{"name":"';
    private const NOTED_CHARS = 15;
    /** SESSION_PHP begins with a:00002:{s:4:"$php";a:00001:{s:4:"name";s:9:"PHPSESSID" */
    private const NAME_BEGINS = 42;

    /** Of a session over so many bytes the gateway leaves SESSION_ATTRIBUTES out where it knows that SESSION_PHP is read
     * (gateway/expose.c). */
    private const TWICE_BYTES = 1024;

    /** How SESSION_ADAPTER begins where it says nothing unusual (gateway/adapter.h); it is decoded only when it does, or
     * somebody asks for more of it. */
    private const USUAL = '{"kind":"php","mode":"on","split":"keys","lock":false,';
    private const USUAL_CHARS = 54;
    /** The letter behind that in which "plain_folder" and "create", one of which follows, differ. */
    private const NEXT_MEMBER = 55;

    /** For text that needs none. */
    private const NO_CLASSES = ['allowed_classes' => false];

    private string $told;
    /** What that says; empty where the request did not come by the gateway. Null before decode(). */
    public ?array $settings = null;
    /** The settings let a session be handed out as it is, and changes be said one by one. */
    public bool $simple;
    /** No .user.ini names a file that were to be run before the script: the adapter has looked not long ago. */
    public bool $inPlainFolder;
    /** It has looked now, and that is good for so long; 0: nothing is to be told. */
    public int $plainFolderSeconds = 0;
    /** Of the session that the request came with, else of the one that it would make; '': it can make none. */
    public string $id;
    /** It came with one. */
    public bool $exists;
    /** Nothing that the application does is kept: a peek, a token that was just replaced, a store that is away. */
    public bool $readOnly;
    /** SESSION_ATTRIBUTES, and these as the gateway has them ready for a plain session (gateway/php_array.h). Null: there
     * are none, they are too large for a param, or are no plain session's; or the other one is enough. */
    public ?string $json;
    private ?string $composed;
    /** What that is, or what the session API said. */
    private ?array $attributes = null;

    public function __construct()
    {
        /* $_SERVER has them without a search and a copy, but not with every variables_order */
        $params = isset($_SERVER['SESSION_ADAPTER']) ? $_SERVER : \getenv();
        $this->told = $params['SESSION_ADAPTER'] ?? '';
        $this->simple = \strncmp($this->told, self::USUAL, self::USUAL_CHARS) === 0;
        if ($this->simple) {
            $this->inPlainFolder = $this->told[self::NEXT_MEMBER] === 'p';
        } else {
            $this->decode();
            $this->inPlainFolder = isset($this->settings['plain_folder']);
            $this->simple = ($this->settings['split'] ?? '') === 'keys' && !$this->settings['lock']
                && !isset($this->settings['adopt']);
        }
        $this->exists = isset($params['SESSION_ID']);
        $this->id = $params['SESSION_ID'] ?? $params['SESSION_NEXT_ID'] ?? '';
        $this->json = $params['SESSION_ATTRIBUTES'] ?? null;
        $this->composed = $params['SESSION_PHP'] ?? null;
        $this->readOnly = $this->id === '' || ($this->settings['mode'] ?? '') === 'peek';
    }

    /** The settings are there after this. */
    public function decode(): void
    {
        $this->settings = $this->settings ?? (array) \json_decode($this->told, true);
    }

    /** Decoded; the session API has those that are too large for a param. Throws a Failure where it fails. */
    public function attributes(): array
    {
        if ($this->attributes === null) {
            $this->attributes = $this->composed()
                ?? ($this->json === null ? $this->ask() : \json_decode($this->json, true, self::DEPTH));
        }
        if (($this->attributes['$php']['order'] ?? null) === true) { /* SESSION_PHP has the order by itself */
            $names = \array_keys($this->attributes);
            $this->attributes['$php']['order'] = \array_slice($names, 1);
        }
        return $this->attributes;
    }

    /** Both are there, and SESSION_PHP was all that it took: that can be said. */
    public function isToldTwice(): bool
    {
        return $this->composed !== null && $this->json !== null && !$this->readOnly && \strlen($this->json) > self::TWICE_BYTES;
    }

    private function ask(): array
    {
        require_once __DIR__ . '/Codec.php';
        require_once __DIR__ . '/Failure.php';
        require_once __DIR__ . '/Call.php';
        require_once __DIR__ . '/Api.php';
        return $this->exists ? (new Api())->attributes() : [];
    }

    /** What $_SESSION is under this name, where that takes nothing but JSON: as nearly always. Null: that is Session's to
     * find out. */
    public function plain(string $name): ?array
    {
        $values = $this->composed() ?? $this->scalars();
        $notes = $values['$php'] ?? [];
        if (($notes['name'] ?? null) !== $name || isset($notes['more'])) {
            return null;
        }
        unset($values['$php']);
        return ($notes['order'] ?? true) === true ? $values : self::inOrder($values, $notes['order']);
    }

    /** Null: the gateway has nothing ready, or nothing that these settings of PHP let it read. */
    private function composed(): ?array
    {
        $values = $this->composed === null ? null : @\unserialize($this->composed, self::NO_CLASSES);
        if (!\is_array($values)) {
            $this->composed = $values = null;
        }
        $this->attributes = $values;
        return $values;
    }

    /** The attributes, if they are nothing but JSON. Only the adapter writes members that begin with $php, and within
     * values they would be escaped; of those here are the notes, once. */
    private function scalars(): ?array
    {
        if (\substr_count((string) $this->json, '$php') !== 1) {
            return null;
        }
        foreach ($this->attributes() as $key => $value) {
            if (\is_int($key) || $value === 0.0) {
                return null; /* PHP's format leaves such keys out; -0.0 === 0.0, which would not show */
            }
        }
        return $this->attributes;
    }

    /** Names that are not known come last. */
    public static function inOrder(array $values, array $names): array
    {
        $ordered = \array_replace(\array_flip($names), $values);
        return \count($ordered) === \count($values) ? $ordered : \array_intersect_key($ordered, $values);
    }

    /** $_COOKIE as it would be with PHP's own sessions: applications look there whether a visitor has one. What else the
     * client sent stays: an application with a handler of its own has its ids there, and strict mode refuses them here. */
    public function showCookies(): void
    {
        if ($this->composed !== null) {
            $_COOKIE[$this->nameComposed()] = $this->id;
        } elseif ($this->exists) {
            foreach ($this->names() ?: [(string) \ini_get('session.name')] as $name) {
                $_COOKIE[$name] = $this->id;
            }
        }
    }

    /** The one under which a plain session was started. */
    private function nameComposed(): string
    {
        $at = \strpos($this->composed, '"', self::NAME_BEGINS) + 1;
        return \substr($this->composed, $at, \strpos($this->composed, '"', $at) - $at);
    }

    /** Those under which sessions were started here, as their notes have them. Found without decoding all: only the
     * adapter writes members that begin like this, and within values they would be escaped. */
    private function names(): array
    {
        if ($this->json === null) {
            return $this->namesAsked();
        }
        if (\strpos($this->json, '$php:') === false) {
            $at = (int) \strpos($this->json, self::NOTED) + self::NOTED_CHARS;
            return $at === self::NOTED_CHARS ? [] : [\substr($this->json, $at, \strcspn($this->json, '"', $at))];
        }
        \preg_match_all('/"\$php":\{"name":"([^"\\\\]+)"|"\$php:([^"\\\\]+)":/', $this->json, $found);
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
