<?php
/* Note.php - what the gateway is told when the header is out and nobody waits for an answer: one datagram, beside the
 * session API (gateway/session_note.h). It takes a fifth of what a call does, and there is never anything to be read,
 * which a connection that was kept could hand to the next visitor's script. */
declare(strict_types=1);

namespace SessionGate;

final class Note
{
    /** More goes by a call, in pieces if need be. */
    private const MOST_BYTES = 8000;
    /** The kernel lets some wait; when there are more, a call may take longer. */
    private const PATIENCE_US = 100000;

    /** A change that is JSON text. False: it was not told. */
    public static function tell(string $change): bool
    {
        $path = \getenv('SESSION_SOCKET');
        if ($path === false || \strlen($change) > self::MOST_BYTES) {
            return false;
        }
        $socket = @\stream_socket_client("udg://$path.notes");
        if ($socket === false) {
            return false;
        }
        \stream_set_timeout($socket, 0, self::PATIENCE_US);
        $note = \getenv('SESSION_TICKET') . ' ' . $change;
        return @\fwrite($socket, $note) === \strlen($note);
    }
}
