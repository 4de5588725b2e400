<?php
/* Observe.php - watches what the application does with its own session on a route with `session: observe`, and tells
 * the gateway at the end of the request (POST /observation, docs/observe.md). Changes nothing that the application or
 * its visitor could notice: no session handler, no output, no error, no code of the application's that it would not
 * run itself (no __sleep, no __serialize), and never longer than a few milliseconds. What is not heard is lost; the
 * gateway counts that. */
declare(strict_types=1);

namespace SessionGate;

final class Observe
{
    private const LOOK_NS = 2000000; /* one look at a session takes no longer */
    private const LOOK_EVERY = 256;  /* values, between two looks at the clock */
    private const DEPTH = 32;
    private const KEYS = 1000;
    private const NAME = 64;
    private const CONNECT_S = 0.005;
    private const ANSWER_US = 5000;
    private const NEVER_MIND = [E_ERROR, E_PARSE, E_CORE_ERROR, E_COMPILE_ERROR, E_USER_ERROR, E_RECOVERABLE_ERROR];
    private const SHUTDOWNS = 2; /* so often to the end of the line of shutdown functions */

    private string $socket;
    private string $ticket;
    private array $cookies;
    private int $begun;
    /* key => [bytes, digest], as the header went out; null: it has not, or there was no session by then */
    private ?array $before = null;

    /* \HashContext of the value that is looked at */
    private $hash;
    private int $values;
    private int $until;
    private bool $whole;

    private function __construct(string $socket, string $ticket)
    {
        $this->socket = $socket;
        $this->ticket = $ticket;
        $this->cookies = $_COOKIE;
        $this->begun = hrtime(true);
    }

    /* Before the application runs, which does not see what is said to us. */
    public static function begin(): void
    {
        $watch = new self($_SERVER['SESSION_SOCKET'] ?? '', $_SERVER['SESSION_TICKET'] ?? '');
        unset($_SERVER['SESSION_ADAPTER'], $_SERVER['SESSION_SOCKET'], $_SERVER['SESSION_TICKET']);
        self::hideLoading();
        header_register_callback(static function () use ($watch): void {
            $watch->quietly([$watch, 'atHeader']);
        });
        register_shutdown_function([$watch, 'atEnd'], self::SHUTDOWNS);
    }

    /* The line that loads us stands behind what the web server says. */
    private static function hideLoading(): void
    {
        $said = $_SERVER['PHP_ADMIN_VALUE'] ?? '';
        $at = strrpos("\n$said", "\nauto_prepend_file=");
        if ($at === 0) {
            unset($_SERVER['PHP_ADMIN_VALUE']);
        } elseif ($at !== false) {
            $_SERVER['PHP_ADMIN_VALUE'] = substr($said, 0, $at - 1);
        }
    }

    /* Public for PHP, which calls it. */
    public function atEnd(int $again): void
    {
        if ($again > 0) {
            register_shutdown_function([$this, 'atEnd'], $again - 1);
        } else {
            $this->quietly([$this, 'tell']);
        }
    }

    /* An error handler of the application's would be called in spite of "@". */
    private function quietly(callable $what): void
    {
        set_error_handler(static function (): bool {
            return true;
        });
        try {
            $what();
        } catch (\Throwable $e) {
            /* nobody hears of it: the report is missing, which is counted */
        } finally {
            restore_error_handler();
        }
    }

    /* One that is closed by now may be opened once more, as Adminer does. */
    private function atHeader(): void
    {
        if (session_id() !== '' && isset($_SESSION) && self::hasRoom()) {
            $seen = $this->look();
            $this->before = $this->whole ? $seen : null;
        }
    }

    /* After a fatal error there may be neither memory nor time for anything. */
    private static function hasRoom(): bool
    {
        $error = error_get_last();
        return $error === null || !in_array($error['type'], self::NEVER_MIND, true);
    }

    /* --- what is in it --- */

    /* key => [bytes, digest]; with $this->whole false not all. */
    private function look(): array
    {
        $seen = [];
        $this->values = 0;
        $this->until = hrtime(true) + self::LOOK_NS;
        $this->whole = isset($_SESSION) && is_array($_SESSION) && count($_SESSION) <= self::KEYS;
        foreach ($this->whole ? $_SESSION : [] as $key => $value) {
            $this->hash = hash_init('crc32b');
            $bytes = $this->weigh($value, self::DEPTH);
            if (!$this->whole) {
                break;
            }
            $seen[$key] = [$bytes, (int) hexdec(hash_final($this->hash))];
        }
        return $seen;
    }

    /* How long PHP's serialization of the value is, about; the bytes go into the digest. */
    private function weigh($value, int $depth): int
    {
        if ((++$this->values % self::LOOK_EVERY === 0 && hrtime(true) > $this->until) || $depth === 0) {
            $this->whole = false;
        }
        if (!$this->whole) {
            return 0;
        }
        if (is_array($value)) {
            return $this->weighMembers($value, 'a', $depth);
        }
        if (is_object($value)) {
            /* what it holds, without asking it */
            return $this->weighMembers((array) $value, get_class($value), $depth) + strlen(get_class($value));
        }
        if (is_string($value)) {
            return $this->weighText('s', $value) + 6;
        }
        return $this->weighText(gettype($value), is_scalar($value) ? var_export($value, true) : '');
    }

    private function weighText(string $kind, string $text): int
    {
        hash_update($this->hash, $kind . strlen($text) . ':');
        hash_update($this->hash, $text);
        return strlen($text) + strlen((string) strlen($text));
    }

    private function weighMembers(array $members, string $kind, int $depth): int
    {
        hash_update($this->hash, $kind . count($members) . '{');
        $bytes = 6 + strlen((string) count($members));
        foreach ($members as $key => $value) {
            $bytes += $this->weighText('k', (string) $key) + 4 + $this->weigh($value, $depth - 1);
            if (!$this->whole) {
                break;
            }
        }
        return $bytes;
    }

    /* --- what is told --- */

    private function tell(): void
    {
        $this->send(json_encode((object) $this->report(), JSON_INVALID_UTF8_SUBSTITUTE | JSON_THROW_ON_ERROR));
    }

    private function report(): array
    {
        $report = ['took_us' => intdiv(hrtime(true) - $this->begun, 1000)];
        $id = (string) session_id();
        if ($id === '' || !isset($_SESSION)) {
            return $report;
        }
        $from = $this->cookies[session_name()] ?? '';
        $report['session'] = $id;
        if (is_string($from) && $from !== '') {
            $report['from'] = $from;
        }
        $report['handler'] = (string) session_module_name();
        $report['closed'] = session_status() !== PHP_SESSION_ACTIVE;
        return $report + $this->contents();
    }

    private function contents(): array
    {
        $seen = self::hasRoom() ? $this->look() : [];
        if (!self::hasRoom() || !$this->whole) {
            return ['unmeasured' => true];
        }
        $keys = [];
        $late = $this->before !== null && array_diff_key($this->before, $seen) !== [];
        foreach ($seen as $key => [$bytes, $digest]) {
            $changed = $this->before !== null && ($this->before[$key][1] ?? null) !== $digest;
            $keys[self::name((string) $key)] = [$bytes, $digest, (int) $changed];
            $late = $late || $changed;
        }
        return ['late' => $late, 'keys' => (object) $keys];
    }

    /* The gateway tells keys apart by their first bytes. */
    private static function name(string $key): string
    {
        $name = str_replace("\0", '?', $key);
        return strlen($name) <= self::NAME ? $name : substr($name, 0, self::NAME) . md5($name);
    }

    /* The answer is waited for, but not long: PHP lets the next request of the session in when this one has ended, and
     * what both did is compared in that order. */
    private function send(string $json): void
    {
        $socket = stream_socket_client('unix://' . $this->socket, $number, $why, self::CONNECT_S);
        if ($socket === false) {
            return;
        }
        stream_set_timeout($socket, 0, self::ANSWER_US);
        fwrite($socket, "POST /observation HTTP/1.1\r\nHost: sessiongate\r\nAuthorization: Ticket {$this->ticket}\r\n"
            . "Content-Type: application/json\r\nContent-Length: " . strlen($json) . "\r\nConnection: close\r\n\r\n$json");
        fgets($socket);
        fclose($socket);
    }
}
