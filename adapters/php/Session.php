<?php
/* Session.php - the gateway's session as this request knows it, and what the application makes of it. Under the name of
 * the session that was started first each top-level key is an attribute; sessions of other names in the same request, or
 * of other applications of the realm, are one attribute each, `$php:<name>`. The attribute `$php` is ours: the first
 * name, and what no attribute can be named for. */
declare(strict_types=1);

namespace SessionGate;

final class Session
{
    private const NOTES = '$php';
    private const WHOLE = '_SESSION';
    private const NAME_BYTES = 128;

    private Visit $visit;
    private Api $api;
    private Response $response;
    /** @var array<string, mixed>|null decoded, as the gateway has them or soon will */
    private ?array $attributes = null;
    /** What was handed out, when a look at the whole tells whether it has changed: nothing in it is serialized. */
    private ?array $given = null;
    private bool $ended = false;

    public function __construct(Visit $visit, Api $api, Response $response)
    {
        $this->visit = $visit;
        $this->api = $api;
        $this->response = $response;
    }

    /** The visit has handed this out already. */
    public function resume(array $given): void
    {
        $this->attributes = $this->visit->attributes();
        $this->given = $given;
    }

    /** What the gateway has; a later start sees what others did meanwhile. */
    public function load(): void
    {
        if ($this->attributes === null) {
            $this->attributes = $this->visit->attributes();
        } elseif (!$this->ended && ($this->visit->exists || ($this->response->sent() && $this->remains()))) {
            $this->attributes = $this->response->over($this->api->attributes());
        }
    }

    /** What $_SESSION is to be, once that is loaded. */
    public function read(string $name): array
    {
        if ($this->ended) {
            $this->beginAnew();
        }
        $create = !$this->visit->exists && $this->visit->settings['create'] === 'start';
        if ($create || ($this->visit->exists && !isset($this->attributes[self::NOTES]['name']))) {
            $this->note($name, []);
        }
        return $this->isFirst($name) ? $this->readFirst() : $this->readValue('$php:' . $name);
    }

    /** Changes go to the response, unchanged is nothing. $thorough: objects as well, which may notice. */
    public function write(string $name, array $values, bool $thorough = true): void
    {
        if ($this->visit->readOnly || $this->ended) {
            return;
        }
        if (!isset($this->attributes[self::NOTES]['name']) && $values !== []) {
            $this->note($name, []);
        }
        if (!$this->isFirst($name)) {
            $this->writeAs(['$php:' . $name => $values], ['$php:' . $name], $thorough);
        } elseif ($this->visit->settings['split'] === 'whole') {
            $this->writeAs([self::WHOLE => $values], [self::WHOLE], $thorough);
        } else {
            $this->writeKeys($name, $values, $thorough);
        }
    }

    /** The one of this name; the gateway's own with it, if it is the only one: then true. */
    public function destroy(string $name): bool
    {
        if ($this->visit->readOnly || $this->ended) {
            return false;
        }
        $others = $this->others();
        if (!$this->isFirst($name)) {
            $this->set(['$php:' . $name => null]);
        } elseif ($others !== []) {
            $this->set(\array_fill_keys(\array_diff(\array_keys($this->attributes), $others, [self::NOTES]), null));
            $this->rotate();
        } else {
            $this->ended = true;
            $this->response->end(true);
        }
        return $this->ended;
    }

    /** There is one, or will be by what was written. */
    public function remains(): bool
    {
        return !$this->ended && !$this->visit->readOnly && isset($this->attributes[self::NOTES]['name']);
    }

    /** Adopt's note; null: there is none. */
    public function adopted(): ?string
    {
        return $this->attributes[self::NOTES]['adopted'] ?? null;
    }

    public function noteAdopted(string $name, ?string $adopted): void
    {
        $this->note($name, ['adopted' => $adopted]);
    }

    /** Make it of a former one, whose hash this is: the session API's status. Of nothing none is made: then it says
     * whether one was made before. */
    public function adopt(string $name, string $hash, array $values): int
    {
        if ($values === []) {
            return $this->api->adopt('{"adopt":"' . $hash . '"}');
        }
        $this->note($name, ['adopted' => $hash]);
        $this->write($name, $values);
        $made = $this->attributes;
        $this->attributes = []; /* unless the gateway says so */
        $status = $this->response->adopt($hash);
        if ($status === Api::DONE) {
            $this->attributes = $made;
            $this->visit->exists = true;
            $_COOKIE[$name] = $this->visit->id;
        }
        return $status;
    }

    public function rotate(): void
    {
        if ($this->visit->exists && !$this->visit->readOnly) {
            $this->response->rotate();
        }
    }

    /** After session_destroy(): the same id, emptied, with a new secret. */
    private function beginAnew(): void
    {
        $this->ended = false;
        $this->response->end(false);
        $this->set(\array_fill_keys(\array_keys($this->attributes), null));
        $this->rotate();
    }

    private function isFirst(string $name): bool
    {
        return $name === ($this->attributes[self::NOTES]['name'] ?? $name);
    }

    private function others(): array
    {
        return \array_values(\array_filter(\array_keys($this->attributes), static function ($name): bool {
            return \strncmp((string) $name, '$php:', 5) === 0;
        }));
    }

    /** @param array<string, mixed> $notes decoded; null removes one */
    private function note(string $name, array $notes): void
    {
        $old = $this->attributes[self::NOTES] ?? [];
        $new = \array_filter($notes + $old + ['name' => $name], static function ($note): bool {
            return $note !== null;
        });
        if ($new != $old || ($new['order'] ?? null) !== ($old['order'] ?? null)) {
            $first = ['name' => $new['name']]; /* where Visit looks for it */
            $this->set([self::NOTES => (string) \json_encode($first + $new, Codec::FLAGS)]);
        }
    }

    /** @param array<string, string|null> $changes */
    private function set(array $changes): void
    {
        if ($this->visit->readOnly) {
            return;
        }
        foreach ($changes as $name => $json) {
            if ($json === null) {
                unset($this->attributes[$name]);
            } else {
                $this->attributes[$name] = self::decoded($json);
            }
        }
        $this->response->change($changes);
    }

    private function readFirst(): array
    {
        if ($this->visit->settings['split'] === 'whole') {
            return $this->readValue(self::WHOLE);
        }
        $values = [];
        $plain = true;
        foreach ($this->attributes as $name => $decoded) {
            if (\strncmp((string) $name, self::NOTES, 4) !== 0) {
                $values[$name] = \is_array($decoded) ? $this->value((string) $name, $decoded) : $decoded;
                $plain = $plain && $values[$name] === $decoded && $decoded !== 0.0;
            }
        }
        $notes = $this->attributes[self::NOTES] ?? [];
        if (isset($notes['more'])) {
            $values += (array) $this->value(self::NOTES, $notes['more']);
            $plain = false;
        }
        if (isset($notes['order'])) {
            $values = Visit::inOrder($values, (array) $this->value(self::NOTES, $notes['order']));
        }
        $this->given = $plain ? $values : null;
        return $values;
    }

    private function readValue(string $name): array
    {
        $value = $this->value($name, $this->attributes[$name] ?? []);
        return \is_array($value) ? $value : [];
    }

    /** @return mixed */
    private function value(string $name, $decoded)
    {
        $text = Codec::serialized($decoded);
        if ($text === null) {
            return \is_array($decoded) ? $this->members($name, $decoded) : $decoded;
        }
        $value = \unserialize($text);
        if ($value === false && $text !== 'b:0;') {
            \trigger_error("sessiongate: $name in the session cannot be unserialized and is null now: see that its classes "
                . 'are those that it was stored with', \E_USER_WARNING);
            return null;
        }
        return $value;
    }

    /** Only the adapter has written a member `$php` anywhere. */
    private function members(string $name, array $decoded): array
    {
        foreach ($decoded as $key => $member) {
            if (\is_array($member)) {
                $decoded[$key] = $this->value($name, $member);
            }
        }
        return $decoded;
    }

    private function writeKeys(string $name, array $values, bool $thorough): void
    {
        if ($this->given !== null && $values === $this->given) {
            return;
        }
        $given = $this->given;
        $this->given = null; /* who sets a value back has changed it again */
        if ($given !== null && \array_keys($values) === \array_keys($given)) { /* as nearly always: names, in their order */
            $this->writeAs(self::different($values, $given), [], $thorough);
            return;
        }
        $plain = \array_filter($values, [$this, 'isName'], \ARRAY_FILTER_USE_KEY);
        $more = \count($plain) === \count($values) ? [] : \array_diff_key($values, $plain);
        $order = \array_keys($values);
        $notes = ['order' => $order === self::sorted($plain, $more) ? null : self::decoded(Codec::encode($order))];
        if ($thorough) {
            $notes['more'] = $more === [] ? null : self::decoded(Codec::wrap(\serialize($more)));
        }
        $this->writeAs($plain, \array_filter(\array_keys($this->attributes), [$this, 'isName']), $thorough);
        $this->note($name, $notes);
    }

    /** Those whose values are others now; both have the same keys. */
    private static function different(array $values, array $given): array
    {
        foreach ($given as $name => $value) {
            if ($values[$name] === $value) {
                unset($values[$name]);
            }
        }
        return $values;
    }

    /** The keys as they come back without a note of their order.
     *
     * @return array<int, int|string>
     */
    private static function sorted(array $plain, array $more): array
    {
        \ksort($plain, \SORT_STRING);
        return \array_keys($plain + $more);
    }

    /** Under these names, and no other of those that are known.
     *
     * @param array<string, mixed> $values
     */
    private function writeAs(array $values, array $known, bool $thorough): void
    {
        $changes = [];
        foreach ($values as $name => $value) {
            if ($thorough || !$this->holdsObject($value)) {
                $json = $this->changed($name, $value);
                if ($json !== null) {
                    $changes[$name] = $json;
                }
            }
        }
        foreach ($known as $name) {
            if (!\array_key_exists($name, $values)) {
                $changes[$name] = null;
            }
        }
        if ($changes !== []) {
            $this->set($changes);
        }
    }

    /** The JSON text of what has changed. */
    private function changed($name, $value): ?string
    {
        $decoded = $this->attributes[$name] ?? null;
        if ($decoded === null) {
            return Codec::encode($value);
        }
        if ($value === $decoded && !\is_float($value)) { /* -0.0 === 0.0 */
            return null;
        }
        $before = (string) \json_encode($decoded, Codec::FLAGS, Visit::DEPTH);
        $text = Codec::standsForOther($before) ? \serialize($value) : null;
        if ($text !== null && $text === Codec::joined($decoded)) {
            return null;
        }
        $json = Codec::encode($value, $text);
        return $json === $before ? null : $json;
    }

    /** @return mixed as it comes back from the gateway */
    private static function decoded(string $json)
    {
        return \json_decode($json, true, Visit::DEPTH);
    }

    /** Of an attribute of its own. @param int|string $key */
    private function isName($key): bool
    {
        $key = (string) $key;
        return $key !== '' && \strlen($key) <= self::NAME_BYTES && \strncmp($key, self::NOTES, 4) !== 0
            && \strpos($key, "\0") === false && \preg_match('//u', $key) === 1;
    }

    private function holdsObject($value): bool
    {
        if (!\is_array($value)) {
            return \is_object($value);
        }
        $found = false;
        \array_walk_recursive($value, static function ($member) use (&$found): void {
            $found = $found || \is_object($member);
        });
        return $found;
    }
}
