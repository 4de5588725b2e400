<?php
/* Api.php - the gateway's session API: HTTP on a Unix socket of the worker that serves this request. Asked only for what
 * did not fit the params, and told only what comes after the header. */
declare(strict_types=1);

namespace SessionGate;

final class Api
{
    private const PATIENCE_S = 10;
    public const DONE = 204;
    private const ADVICE = [
        'headers-sent' => ': it would begin with this request, and its header is out; start the session before any output',
        'over-limit' => ': store less in $_SESSION, or raise the limits of the realm (session.max_value, session.max_size)',
        'store-unavailable' => ': the store of sessions does not answer',
    ];
    private const STATUS = '#^HTTP/1\.1 (\d{3})#';

    /** The attributes, decoded. Throws a Failure that says what to do. */
    public function attributes(): array
    {
        [$status, $body] = $this->ask('GET', '');
        $answer = $status === 200 ? \json_decode($body, true, Visit::DEPTH) : null;
        if (!isset($answer['attributes'])) {
            throw new Failure("the session cannot be read: " . self::reason($status, $body));
        }
        return $answer['attributes'];
    }

    /** The status of a change that is JSON text. Throws as above when there is none. */
    public function adopt(string $change): int
    {
        return $this->ask('PATCH', $change)[0];
    }

    /** A change that is JSON text. Throws as above, but not when the session has ended or is another's by now: then nothing
     * is left to be changed, and the visitor, who logged out meanwhile, is not to be troubled. */
    public function patch(string $change): void
    {
        [$status, $body] = $this->ask('PATCH', $change);
        if ($status !== self::DONE && self::slug($body) !== 'session-gone') {
            throw new Failure('the session is not saved: ' . self::reason($status, $body));
        }
    }

    private static function slug(string $body): string
    {
        $problem = \json_decode($body, true);
        return \substr((string) \strrchr((string) ($problem['type'] ?? ''), ':'), 1);
    }

    private static function reason(int $status, string $body): string
    {
        $slug = self::slug($body);
        return "$status $slug" . (self::ADVICE[$slug] ?? ", see the gateway's log");
    }

    /** @return array{int, string} status and body */
    private function ask(string $method, string $body): array
    {
        $socket = $this->connect();
        try {
            $request = "$method /session HTTP/1.1\r\nHost: sessiongate\r\nConnection: close\r\n"
                . 'Authorization: Ticket ' . \getenv('SESSION_TICKET') . "\r\n";
            if ($method === 'PATCH') {
                $request .= "Content-Type: application/json\r\nContent-Length: " . \strlen($body) . "\r\n";
            }
            $this->write($socket, "$request\r\n$body");
            return $this->read($socket);
        } finally {
            \fclose($socket);
        }
    }

    /** @return resource */
    private function connect()
    {
        $path = \getenv('SESSION_SOCKET');
        if ($path === false) {
            throw new Failure('the gateway names no SESSION_SOCKET: set session_api: true for this application');
        }
        $socket = @\stream_socket_client("unix://$path", $code, $cause, self::PATIENCE_S);
        if ($socket === false) {
            throw new Failure("the session API at $path cannot be reached ($cause): the socket must be "
                . 'reachable for PHP, also in a chroot or container (listen_session_api)');
        }
        \stream_set_timeout($socket, self::PATIENCE_S);
        return $socket;
    }

    /** @param resource $socket */
    private function write($socket, string $bytes): void
    {
        for ($at = 0; $at < \strlen($bytes); $at += $count) {
            $count = @\fwrite($socket, $at === 0 ? $bytes : \substr($bytes, $at));
            if ($count === false || $count === 0) {
                throw new Failure('the session API took no more than a part of a request: see the gateway\'s log');
            }
        }
    }

    /**
     * @param resource $socket
     * @return array{int, string}
     */
    private function read($socket): array
    {
        $answer = (string) \stream_get_contents($socket);
        $end = \strpos($answer, "\r\n\r\n");
        if ($end === false || \preg_match(self::STATUS, $answer, $found) !== 1) {
            throw new Failure('the session API did not answer in time: see the gateway\'s log');
        }
        return [(int) $found[1], \substr($answer, $end + 4)];
    }
}
