<?php
/* Call.php - one call of the gateway's session API: HTTP on a Unix socket of the worker that serves this request, on a
 * connection of its own. A kept one would hand what a script that was aborted left unread to the next visitor's. */
declare(strict_types=1);

namespace SessionGate;

final class Call
{
    private const PATIENCE_S = 10;
    private const ANSWER_BYTES = 8192;
    /** How the answer begins that has no body. */
    private const DONE = 'HTTP/1.1 204';
    private const DONE_CHARS = 12;

    /** The answer to a change that is JSON text, whole. Throws a Failure that says what to do when there is none. */
    public static function patch(string $change): string
    {
        return self::ask('PATCH', "Content-Type: application/json\r\nContent-Length: " . \strlen($change) . "\r\n", $change);
    }

    public static function get(): string
    {
        return self::ask('GET', '', '');
    }

    /** Has what was asked for been done? */
    public static function isDone(string $answer): bool
    {
        return \strncmp($answer, self::DONE, self::DONE_CHARS) === 0;
    }

    private static function ask(string $method, string $lines, string $body): string
    {
        $socket = self::connect();
        try {
            self::write($socket, "$method /session HTTP/1.1\r\nHost: sessiongate\r\nConnection: close\r\n"
                . 'Authorization: Ticket ' . \getenv('SESSION_TICKET') . "\r\n$lines\r\n$body");
            return self::read($socket);
        } finally {
            \fclose($socket);
        }
    }

    /** @return resource */
    private static function connect()
    {
        $path = \getenv('SESSION_SOCKET');
        if ($path === false) {
            throw self::failure('the gateway names no SESSION_SOCKET: set session_api: true for this application');
        }
        $socket = @\stream_socket_client("unix://$path", $code, $cause, self::PATIENCE_S);
        if ($socket === false) {
            throw self::failure("the session API at $path cannot be reached ($cause): the socket must be "
                . 'reachable for PHP, also in a chroot or container (listen_session_api)');
        }
        \stream_set_timeout($socket, self::PATIENCE_S);
        return $socket;
    }

    /** @param resource $socket */
    private static function write($socket, string $bytes): void
    {
        for ($at = 0; $at < \strlen($bytes); $at += $count) {
            $count = @\fwrite($socket, $at === 0 ? $bytes : \substr($bytes, $at));
            if ($count === false || $count === 0) {
                throw self::failure('the session API took no more than a part of a request: see the gateway\'s log');
            }
        }
    }

    /** To the connection's end, but where it is known before that nothing more comes.
     *
     * @param resource $socket
     */
    private static function read($socket): string
    {
        $answer = '';
        do {
            $bytes = (string) \fread($socket, self::ANSWER_BYTES);
            $answer .= $bytes;
            $whole = \strpos($answer, "\r\n\r\n") !== false;
        } while ($bytes !== '' && !$whole);
        if (!$whole) {
            throw self::failure('the session API did not answer in time: see the gateway\'s log');
        }
        return self::isDone($answer) ? $answer : $answer . \stream_get_contents($socket);
    }

    private static function failure(string $what): Failure
    {
        require_once __DIR__ . '/Failure.php';
        return new Failure($what);
    }
}
