<?php
/* Api.php - the gateway's session API: what is asked of it, and what its answers mean. Asked only for what did not fit the
 * params, and told only what comes after the header. */
declare(strict_types=1);

namespace SessionGate;

final class Api
{
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
        [$status, $body] = self::parts(Call::get());
        $answer = $status === 200 ? \json_decode($body, true, Visit::DEPTH) : null;
        if (!isset($answer['attributes'])) {
            throw new Failure("the session cannot be read: " . self::reason($status, $body));
        }
        return $answer['attributes'];
    }

    /** The status of a change that is JSON text. Throws as above when there is none. */
    public function adopt(string $change): int
    {
        return self::parts(Call::patch($change))[0];
    }

    /** A change that is JSON text. Throws as above. */
    public function patch(string $change): void
    {
        self::accept(Call::patch($change));
    }

    /** The answer to a change. Throws as above, but not when the session has ended or is another's by now: then nothing is
     * left to be changed, and the visitor, who logged out meanwhile, is not to be troubled. */
    public static function accept(string $answer): void
    {
        [$status, $body] = self::parts($answer);
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
    private static function parts(string $answer): array
    {
        if (\preg_match(self::STATUS, $answer, $found) !== 1) {
            throw new Failure('the session API did not answer: see the gateway\'s log');
        }
        return [(int) $found[1], (string) \substr((string) \strstr($answer, "\r\n\r\n"), 4)];
    }
}
