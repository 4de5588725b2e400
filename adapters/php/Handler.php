<?php

declare(strict_types=1);

namespace SessionGate;

/**
 * PHP's session handler, whose sessions are the gateway's.
 *
 * PHP's text of the session is not looked at: $_SESSION itself is, key by key, against what was read. PHP calls this
 * object from session_start() on, and at the latest when the request ends.
 */
final class Handler implements
    \SessionHandlerInterface,
    \SessionIdInterface,
    \SessionUpdateTimestampHandlerInterface
{
    private const MARKER = '$php';
    private const MARKED = '"$php":{"name":"';
    private const WHOLE = '_SESSION';
    private const LONGEST_NAME = 128;

    private array $settings;
    private Response $response;
    private Changes $changes;
    private string $id;
    /** The session is there, as far as the gateway and we know. */
    private bool $exists;
    /** @var array<string, mixed>|null of the marker; null: nothing was read yet */
    private ?array $notes = null;
    /** As the gateway has it: what $_SESSION is compared with. */
    private array $stored = [];
    /** What $_SESSION was when it was read; null when that says nothing, because of values that can change in place. */
    private ?array $given = null;
    private bool $read = false;
    /** Between PHP's open and close. Else it asks for somebody else: a handler of functions leaves our methods in place. */
    private bool $open = false;
    /** @var array<string, true> what session_create_id() gave */
    private array $created = [];
    private bool $regenerating = false;
    private bool $destroyed = false;
    private bool $ending = false;
    private bool $headerSeen = false;
    private ?Adopt $adopt = null;
    private string $savePath = '';

    public function __construct(array $settings)
    {
        $this->settings = $settings;
        $this->response = new Response($this);
        $this->changes = new Changes();
        $this->exists = isset($_SERVER['SESSION_ID']);
        $this->id = $_SERVER['SESSION_ID'] ?? $_SERVER['SESSION_NEXT_ID'] ?? \bin2hex(\random_bytes(10));
    }

    public function install(): void
    {
        if (\session_status() === PHP_SESSION_ACTIVE) { // session.auto_start, which comes before us
            $again = true;
            \session_abort();
            \session_id('');
            $this->response->withoutCookie(\session_name());
        }
        // Only settings that leave an application which sets a handler of its own as it is.
        \ini_set('session.use_strict_mode', '1');
        /* A handler that is six functions has our updateTimestamp(), where it expects its own write() also for a session
         * that did not change: else that one expires while it is used. */
        \ini_set('session.lazy_write', '0');
        if (isset($this->settings['adopt']) && $this->settings['mode'] === 'on') {
            $this->adopt = Adopt::from($this->settings['adopt'], $_COOKIE);
        }
        \ini_set('session.use_trans_sid', '0');
        \session_set_save_handler($this, false);
        if ($this->exists) {
            $this->showCookie();
        }
        $this->response->watch();
        \register_shutdown_function(function (): void {
            $this->ending = true;
        });
        if (isset($again)) {
            \session_start();
        }
    }

    /** $_COOKIE as PHP's own sessions have it: applications ask there whether they know the visitor. The name stands first
     * in the marker, which nothing within the JSON text can look like: no need to read all of it. */
    private function showCookie(): void
    {
        $rest = \strstr($_SERVER['SESSION_ATTRIBUTES'] ?? '', self::MARKED);
        $name = $rest === false ? '' : \substr($rest, \strlen(self::MARKED), \strcspn($rest, '"\\', \strlen(self::MARKED)));
        $_COOKIE[$name === '' ? \session_name() : $name] = $this->id;
    }

    /* --- what PHP calls --- */

    #[\ReturnTypeWillChange]
    public function open($path, $name)
    {
        $this->savePath = $path;
        $this->open = true;
        return true;
    }

    #[\ReturnTypeWillChange]
    public function create_sid()
    {
        if (!$this->open || self::calledBy('session_create_id')) {
            $id = \bin2hex(\random_bytes(16));
            $this->created[$id] = true;
            return $id;
        }
        $this->regenerating = self::calledBy('session_regenerate_id');
        if ($this->regenerating && $this->exists) {
            $this->destroyed = false;
            $this->changes->rotate = $this->settings['regenerate'] === 'grace' ? 'grace' : '1';
            if ($this->adopt !== null) {
                $this->adopt->renew();
            }
        }
        return $this->id;
    }

    #[\ReturnTypeWillChange]
    public function validateId($id)
    {
        // one of the client's is passed over for ours; one that the application chose is for read() to refuse
        $name = \session_name();
        if (!$this->open || isset($this->created[$id])) {
            return !$this->open; // PHP asks whether an id that was just made is in use
        }
        return $id === $this->id || !\in_array($id, [$_COOKIE[$name] ?? null, $_GET[$name] ?? null, $_POST[$name] ?? null], true);
    }

    #[\ReturnTypeWillChange]
    public function read($id)
    {
        if ($this->regenerating) {
            $this->regenerating = false;
            return '';
        }
        $this->response->withoutCookie(\session_name());
        if ($id !== $this->id) {
            \trigger_error('sessiongate: the application opens a session by an id of its own; the gateway chooses ids. ' .
                'Remove session_id(...), or keep such data elsewhere', E_USER_WARNING);
            return false;
        }
        if ($this->notes === null && !$this->load()) {
            return false;
        }
        if ($this->adopt !== null && !$this->read && !$this->takeOver()) {
            return false;
        }
        $this->read = true;
        $text = $this->destroyed ? $this->startAnew() : $this->give();
        if (!$this->exists && $this->settings['create'] === 'start' && $this->settings['mode'] !== 'peek') {
            $this->note('name', \session_name());
            $this->save(false);
        }
        return $text;
    }

    #[\ReturnTypeWillChange]
    public function write($id, $data)
    {
        if (!$this->read || $this->destroyed) {
            return true;
        }
        $this->collect();
        if ($this->adopt !== null) {
            $this->adopt->keep($this->savePath, $data, $this->notes['adopted'] ?? null);
        }
        return $this->save(false);
    }

    #[\ReturnTypeWillChange]
    public function updateTimestamp($id, $data)
    {
        return !$this->open || $this->write($id, $data);
    }

    #[\ReturnTypeWillChange]
    public function close()
    {
        if (!$this->regenerating && !$this->ending && $this->settings['lock'] && $this->exists) {
            $this->settings['lock'] = false;
            $this->save(true);
        }
        $this->open = false;
        return true;
    }

    #[\ReturnTypeWillChange]
    public function destroy($id)
    {
        if (self::calledBy('session_regenerate_id')) {
            return true;
        }
        $this->destroyed = true;
        $this->changes = new Changes();
        $this->changes->logout = $this->exists;
        if ($this->adopt !== null) {
            $this->adopt->end($this->savePath, $this->notes['adopted'] ?? null);
        }
        return $this->save(false);
    }

    #[\ReturnTypeWillChange]
    public function gc($lifetime)
    {
        return 0;
    }

    /* --- the header goes out --- */

    public function beforeHeader(): void
    {
        if ($this->headerSeen) {
            return;
        }
        if (!$this->read) {
            $this->headerSeen = true;
            $this->tellBypassed();
            return;
        }
        $active = \session_status() === PHP_SESSION_ACTIVE;
        $collected = $active && !$this->destroyed && $this->collectQuietly();
        if ($collected && $this->adopt === null && self::calledAtTheEnd()) {
            \session_abort(); // else PHP would make a text of $_SESSION, which nobody reads
        }
        $this->response->withoutCookie(\session_name());
        if ($this->adopt !== null) {
            $this->adopt->sayCookie();
        }
        $this->response->ride($this->changes);
        $this->headerSeen = true;
        $this->said();
    }

    /** What cannot be kept is the script's to hear of when it closes the session, not amid the header. */
    private function collectQuietly(): bool
    {
        try {
            $this->collect();
            return true;
        } catch (\Throwable $e) {
            \error_log('sessiongate: the session is not saved with the header: ' . $e->getMessage());
            return false;
        }
    }

    private function tellBypassed(): void
    {
        if (isset($_SESSION) && \session_id() !== '') {
            \header('X-Session-Adapter: bypassed ' . \rawurlencode('the application uses a session handler of its own'));
        }
    }

    /** By PHP itself, when the last line of the application has run. */
    private static function calledAtTheEnd(): bool
    {
        $frames = \debug_backtrace(DEBUG_BACKTRACE_IGNORE_ARGS, 3);
        return \count($frames) === 2 && !isset($frames[1]['file']);
    }

    /* --- what was read --- */

    private function load(): bool
    {
        $text = $_SERVER['SESSION_ATTRIBUTES'] ?? '{}';
        if (($_SERVER['SESSION_OMITTED'] ?? '') === '*') {
            [$status, $text] = Gateway::call('GET', '');
            if ($status !== 200) {
                \trigger_error("sessiongate: the session cannot be read: $status $text", E_USER_WARNING);
                return false;
            }
        }
        $values = \json_decode($text, true, 512);
        $values = ($_SERVER['SESSION_OMITTED'] ?? '') === '*' ? ($values['attributes'] ?? null) : $values;
        if (!\is_array($values)) {
            \trigger_error('sessiongate: what the gateway says of the session is no JSON object', E_USER_WARNING);
            return false;
        }
        $this->notes = \is_array($values[self::MARKER] ?? null) ? $values[self::MARKER] : [];
        unset($values[self::MARKER]);
        $this->stored = $values;
        return true;
    }

    /** The session that the visitor had before the application moved in. False: nobody can tell now whether there is one. */
    private function takeOver(): bool
    {
        if ($this->exists) {
            $this->adopt->check($this->savePath, $this->notes['adopted'] ?? null);
        } elseif (($_SERVER['SESSION_REASON'] ?? 'malformed') === 'malformed' && !\headers_sent()) {
            $this->adopt->take($this->savePath, function (string $hash, array $session): int {
                return $this->adopt($hash, $session);
            });
        }
        return !$this->adopt->unanswered;
    }

    private function adopt(string $hash, array $session): int
    {
        $_SESSION = $session;
        $this->note('adopted', $hash);
        $this->collect();
        [$status] = Gateway::call('PATCH', $this->changes->adoptJson($hash));
        if ($status === 204) {
            $_COOKIE[\session_name()] = $this->id;
            $this->said();
            return $status;
        }
        $_SESSION = $this->stored = $this->notes = [];
        $this->changes = new Changes();
        return $status;
    }

    private function startAnew(): string
    {
        $this->destroyed = false;
        $this->given = null;
        $this->changes->logout = false;
        if ($this->exists) {
            $this->changes->rotate = '1';
        } else {
            $this->notes = [];
        }
        return '';
    }

    /** Into $_SESSION, in place of a text for PHP to read; where PHP's format begins with an empty array, as a text. */
    private function give(): string
    {
        $values = $this->settings['split'] === 'whole' ? Values::decode($this->stored[self::WHOLE] ?? []) : $this->ofKeys();
        if (\ini_get('session.serialize_handler') === 'php_serialize') {
            return \serialize($values);
        }
        $_SESSION = $values;
        return '';
    }

    private function ofKeys(): array
    {
        $values = \array_map([Values::class, 'decode'], $this->stored);
        $more = isset($this->notes['more']) ? Values::decode($this->notes['more']) : [];
        $session = isset($this->notes['order']) ? $this->inOrder($values + $more) : $values + $more;
        $this->given = $values === $this->stored && $more === [] ? $session : null;
        return $session;
    }

    /** As they came into $_SESSION. Those that the notes do not know, of a parallel request, come last. */
    private function inOrder(array $values): array
    {
        $order = \array_flip(Values::decode($this->notes['order'] ?? []));
        return \array_replace(\array_intersect_key($order, $values), $values);
    }

    /* --- what changed --- */

    /** All or, when a value cannot be serialized, nothing. */
    private function collect(): void
    {
        if (!isset($_SESSION) || !\is_array($_SESSION) || $this->settings['mode'] === 'peek') {
            return;
        }
        if ($_SESSION === $this->given && $this->exists && $this->adopt === null) {
            return;
        }
        $before = [$this->stored, $this->notes, clone $this->changes];
        try {
            $this->compareAll();
        } catch (\Throwable $e) {
            [$this->stored, $this->notes, $this->changes] = $before;
            throw $e;
        }
        if ($this->changes->update !== []) {
            $this->note('name', $this->notes['name'] ?? \session_name());
        }
        if ($this->adopt !== null && $_SESSION !== [] && !\headers_sent() &&
            ($this->exists || $this->changes->update !== [])) {
            $this->note('adopted', $this->adopt->settle($this->savePath, $this->notes['adopted'] ?? null));
        }
    }

    private function compareAll(): void
    {
        if ($this->settings['split'] === 'whole') {
            $this->compare(self::WHOLE, self::ofTheFormat($_SESSION));
        } else {
            $this->collectKeys();
        }
    }

    private function collectKeys(): void
    {
        if ($this->given !== null && \array_keys($_SESSION) === \array_keys($this->given)) { // as nearly always
            foreach ($_SESSION as $name => $value) {
                $this->compare((string) $name, $value);
            }
            return;
        }
        $this->given = null;
        $session = self::ofTheFormat($_SESSION);
        $more = \array_filter($session, static function ($key): bool {
            return !self::isName((string) $key);
        }, ARRAY_FILTER_USE_KEY);
        $plain = \array_diff_key($session, $more);
        foreach ($plain as $name => $value) {
            $this->compare((string) $name, $value);
        }
        foreach (\array_diff_key($this->stored, $plain) as $name => $value) {
            unset($this->stored[$name]);
            $this->changes->update[$name] = 'null';
        }
        $this->note('more', $more === [] ? null : self::decoded(Values::serialized($more)));
        \ksort($plain, SORT_STRING); // as the gateway has them
        if (\array_keys($this->inOrder($plain + $more)) !== \array_keys($session)) {
            $this->note('order', self::decoded(Values::encode(\array_keys($session))));
        }
    }

    /** What PHP would write: of numbers as keys it says itself that they are left out. */
    private static function ofTheFormat(array $session): array
    {
        return \ini_get('session.serialize_handler') === 'php_serialize' ? $session :
            \array_filter($session, 'is_string', ARRAY_FILTER_USE_KEY);
    }

    /** Of an attribute, as the gateway takes it. */
    private static function isName(string $key): bool
    {
        return $key !== '' && $key !== self::MARKER && \strlen($key) <= self::LONGEST_NAME && \strpos($key, "\0") === false &&
            \preg_match('//u', $key) === 1;
    }

    /** In the marker. @param mixed $value null removes */
    private function note(string $what, $value): void
    {
        if (($this->notes[$what] ?? null) === $value) {
            return;
        }
        $this->notes[$what] = $value;
        $this->notes = \array_filter(\array_replace(['name' => null], $this->notes), static function ($note): bool {
            return $note !== null;
        });
        $this->changes->update[self::MARKER] = (string) \json_encode($this->notes, Values::FLAGS);
    }

    /** As it comes back from the gateway. @return mixed */
    private static function decoded(string $text)
    {
        return \json_decode($text, true, 512);
    }

    /** @param mixed $value */
    private function compare(string $name, $value): void
    {
        if (\array_key_exists($name, $this->stored) && $this->stored[$name] === $value && !Values::isSerialized($value)) {
            return;
        }
        $text = Values::encode($value);
        $decoded = self::decoded($text);
        if (\array_key_exists($name, $this->stored) && $this->stored[$name] === $decoded) {
            return;
        }
        $this->stored[$name] = $decoded;
        $this->given = null; // who sets it back has changed it again
        $this->changes->update[$name] = $text;
    }

    /** On the header while it is not out, else by the session API. */
    private function save(bool $release): bool
    {
        if (!$release && !\headers_sent()) {
            $this->response->ride($this->changes);
            return true;
        }
        $this->headerWent();
        if ($this->changes->none() && !$release) {
            return true;
        }
        $saved = $this->response->send($this->changes, $release);
        $this->said();
        return $saved;
    }

    /** An application may have taken PHP's header callback for itself: what rode then is said, the rest is not. */
    private function headerWent(): void
    {
        if (\headers_sent() && !$this->headerSeen) {
            $this->headerSeen = true;
            $rest = $this->changes->without($this->response->ridden);
            $this->said();
            $this->changes = $rest;
        }
    }

    private function said(): void
    {
        $this->exists = $this->exists || isset($this->changes->update[self::MARKER]);
        $this->changes = new Changes();
    }

    private static function calledBy(string $function): bool
    {
        return \in_array($function, \array_column(\debug_backtrace(DEBUG_BACKTRACE_IGNORE_ARGS, 4), 'function'), true);
    }
}
