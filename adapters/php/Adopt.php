<?php
/* Adopt.php - a session that the application had before it moved in, and its cookie (docs/php-moving-in.md).
 *
 * The first request that brings an old id and no token of ours takes that session over. With write_back the session goes
 * on being kept at the old place, under an id that only the browser knows: the session's own notes hold its SHA-256
 * ("adopted"), and nothing is written under an id that they do not name, so no client can write into a session that is
 * another's. The id of a session that was renewed (session_regenerate_id()), or never had one, is made here, with a
 * beginning by which it is known, and never taken over. So whoever knew the old id, or had planted it, gains nothing by
 * what its owner does afterwards. */
declare(strict_types=1);

namespace SessionGate;

final class Adopt
{
    private const ID = '/^[A-Za-z0-9,-]{1,256}\z/';
    private const OWN = 'sessiongate-';
    private const OWN_BYTES = 16;

    private string $kind;
    private string $savePath;
    private string $cookie;
    private bool $writeBack;
    /** What the client sent, or what was made instead; null: nothing that can be an id. */
    private ?string $id;
    /** The old place has been looked at, which once in a request is enough. */
    private bool $asked = false;
    /** What goes out as cookie; null: nothing. */
    private ?string $says = null;
    /** It was made by this request: nothing is there yet. */
    private bool $fresh = false;
    /** What is kept under the id must move to another. */
    private bool $moves = false;
    /** Somebody else has it: a parallel request of the same browser perhaps, whose cookies must not be overwritten. */
    private bool $late = false;
    /** The gateway, or its store, did not answer: whether there is a session to take over, the next request may know. */
    public bool $unanswered = false;

    /**
     * In the prepend, before cookies are changed and before a handler is set. Null: there is nothing to do here.
     *
     * @param array|null $setting SESSION_ADAPTER's "adopt"
     * @param array      $cookies as they came
     */
    public static function from(?array $setting, array $cookies): ?self
    {
        if ($setting === null || $setting['until'] <= \time()) {
            return null;
        }
        try {
            OldPlace::choose($setting['from']);
        } catch (\RuntimeException $e) {
            self::complain('no old session is taken over', $e);
            return null;
        }
        return new self($setting, $cookies[$setting['cookie']] ?? null);
    }

    /** @param mixed $id */
    private function __construct(array $setting, $id)
    {
        $this->kind = $setting['from'];
        $this->savePath = $setting['save_path'];
        $this->cookie = $setting['cookie'];
        $this->writeBack = $setting['write_back'];
        $this->id = \is_string($id) && \preg_match(self::ID, $id) === 1 ? $id : null;
    }

    /** Is it the session that the old cookie names? An application may have others beside it. */
    public function concerns(string $name): bool
    {
        return $name === $this->cookie;
    }

    /**
     * Take the old session over, in a request that has none of ours and brought no token. From within the handler's
     * read(). Null: there is none to be had, and the visitor starts anew.
     *
     * @param string                       $savePath as the handler was opened with
     * @param callable(string, array): int $take     given the SHA-256 of the old id and the content, makes it the
     *     session: 204, 409 when that was done before, or another status of the session API
     * @return array|null the content, to go on with
     */
    public function take(string $savePath, callable $take): ?array
    {
        if ($this->asked || $this->id === null || \strncmp($this->id, self::OWN, \strlen(self::OWN)) === 0) {
            return null;
        }
        $this->asked = true;
        $session = $this->at($savePath, 'an old session is not taken over', function (OldPlace $place) use ($take): ?array {
            $text = $place->read($this->id);
            return $this->takeValues($text === null ? [] : self::decode($text), $take);
        });
        if ($session !== null && !$this->writeBack) {
            $this->remove($savePath);
        }
        return $session;
    }

    /** Before a session of ours is used: is it still there at the old place? Else it is put there again, under a new id. */
    public function check(string $savePath, ?string $adopted): void
    {
        if (!$this->asked && $this->knows($adopted)) {
            $this->asked = true;
            $this->at($savePath, 'the old place is not kept up to date', function (OldPlace $place): void {
                $this->moves = $place->read($this->id) === null;
            });
        }
    }

    /** The session's secret is renewed. */
    public function renew(): void
    {
        $this->moves = true;
    }

    /**
     * Under which id the session is kept at the old place from now on: while the header can still say so, and the session
     * note it. Not of one without a value, of which nothing is lost. From within the handler's calls, or while the session
     * is open.
     *
     * @param string|null $adopted the note of that name
     * @return string|null what it must be
     */
    public function settle(string $savePath, ?string $adopted): ?string
    {
        $known = $this->knows($adopted);
        if (!$this->writeBack || $this->late || ($known && !$this->moves)) {
            return $adopted;
        }
        if ($known) {
            $this->remove($savePath);
        }
        $this->moves = false;
        $this->fresh = true;
        $this->id = $this->says = self::OWN . \bin2hex(\random_bytes(self::OWN_BYTES));
        return \hash('sha256', $this->id);
    }

    /**
     * The session is written, or would be if it had changed. From within the handler's write(). What has gone from the
     * old place while this request ran stays away: a logout beside it may have been what removed it.
     *
     * @param string $text as PHP writes it
     */
    public function keep(string $savePath, string $text, ?string $adopted): void
    {
        if ($this->late || !$this->knows($adopted)) {
            return;
        }
        $this->at($savePath, 'the old place is not kept up to date', function (OldPlace $place) use ($text): void {
            if ($this->fresh || $place->read($this->id) !== null) {
                $place->write($this->id, $text);
            }
        });
        $this->fresh = false;
    }

    /** The visitor has logged out. From within the handler's destroy(). */
    public function end(string $savePath, ?string $adopted): void
    {
        if ($this->knows($adopted)) {
            $this->remove($savePath);
            $this->moves = true;
        }
    }

    /** The header goes out: the old cookie, as PHP writes its own. */
    public function sayCookie(): void
    {
        if ($this->says === null) {
            return;
        }
        $params = \session_get_cookie_params();
        $params['expires'] = $params['lifetime'] > 0 ? \time() + $params['lifetime'] : 0;
        if ($this->says === '') {
            $params['expires'] = 1;
        }
        unset($params['lifetime']);
        \setcookie($this->cookie, $this->says, $params);
        $this->says = null;
    }

    private static function decode(string $text): array
    {
        $format = (string) \ini_get('session.serialize_handler');
        $session = SerializeFormat::decode($text, $format);
        if ($session === null) {
            throw new \RuntimeException("session.serialize_handler \"$format\" cannot read it");
        }
        return $session;
    }

    /** Also where there is nothing: a parallel request may have taken it over, and removed it, a moment ago. */
    private function takeValues(array $session, callable $take): ?array
    {
        try {
            $status = $take(\hash('sha256', $this->id), $session);
        } catch (Failure $e) {
            $this->unanswered = true;
            throw $e;
        }
        $this->unanswered = $status === 503;
        if ($status !== 204 && $status !== 409) {
            throw new \RuntimeException("the gateway's answer is $status");
        }
        $this->late = $status === 409;
        if ($this->late && !$this->writeBack) {
            $this->says = '';
        }
        return $this->late || $session === [] ? null : $session;
    }

    private function remove(string $savePath): void
    {
        $this->says = '';
        $this->at($savePath, 'an old session stays behind', function (OldPlace $place): void {
            $place->destroy($this->id);
        });
    }

    private function knows(?string $adopted): bool
    {
        return $this->writeBack && $this->id !== null && $adopted !== null &&
            \hash_equals($adopted, \hash('sha256', $this->id));
    }

    /**
     * What $do does there; null when that fails, which is no reason for an application to fail.
     *
     * @return mixed
     */
    private function at(string $savePath, string $failure, callable $do)
    {
        $place = new OldPlace($this->kind, $this->savePath !== '' ? $this->savePath : $savePath, $this->cookie);
        try {
            return $do($place);
        } catch (\Throwable $e) {
            self::complain($failure, $e);
            return null;
        } finally {
            $place->close();
        }
    }

    private static function complain(string $what, \Throwable $why): void
    {
        \error_log("sessiongate: $what: " . $why->getMessage());
    }
}
