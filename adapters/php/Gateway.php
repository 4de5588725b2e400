<?php

declare(strict_types=1);

namespace SessionGate;

/** The gateway's session API (docs/session-api.md): one call on a connection of its own. */
final class Gateway
{
    private const TIMEOUT_S = 5;
    private const LONGEST_ANSWER = 8388608;

    /** @return array{0: int, 1: string} status and body; 0 and why when there is no answer */
    public static function call(string $method, string $body): array
    {
        $address = 'unix://' . $_SERVER['SESSION_SOCKET'];
        \set_error_handler(static function (): bool {
            return true;
        });
        try {
            $socket = \stream_socket_client($address, $number, $why, self::TIMEOUT_S);
            if ($socket === false) {
                return [0, "cannot connect to $address: $why"];
            }
            \stream_set_timeout($socket, self::TIMEOUT_S);
            \fwrite($socket, "$method /session HTTP/1.1\r\nHost: sessiongate\r\nConnection: close\r\n" .
                'Authorization: Ticket ' . $_SERVER['SESSION_TICKET'] . "\r\n" .
                'Content-Type: application/json' . "\r\n" . 'Content-Length: ' . \strlen($body) . "\r\n\r\n" . $body);
            $answer = (string) \stream_get_contents($socket, self::LONGEST_ANSWER);
            \fclose($socket);
        } finally {
            \restore_error_handler();
        }
        if (\preg_match('~^HTTP/1\.1 (\d{3}) ~', $answer, $found) !== 1) {
            return [0, "no answer from $address"];
        }
        return [(int) $found[1], (string) \substr((string) \strstr($answer, "\r\n\r\n"), 4)];
    }
}
