<?php

declare(strict_types=1);

namespace SessionGate;

/**
 * The way of changes to the gateway: on the response's header while that has not gone out, else by the session API.
 *
 * Three things lead to the header: PHP's header callback, which an application may take for itself; the outermost output
 * buffer, which an application may end; and the end of the session before either.
 */
final class Response
{
    private const BUFFER = 65536;

    /** On the header as it is. */
    public Changes $ridden;
    private Handler $handler;

    public function __construct(Handler $handler)
    {
        $this->handler = $handler;
        $this->ridden = new Changes();
    }

    public function watch(): void
    {
        \header_register_callback([$this->handler, 'beforeHeader']);
        /* In place of the one that output_buffering asks for, so that the header waits for more of the script; where the
         * administrator has none there will be none, since applications that flush() count on that. */
        if (\ob_list_handlers() === ['default output handler'] && \ob_get_length() === 0 && \ob_end_clean()) {
            \ob_start(null, self::BUFFER);
        }
    }

    /** A warning of PHP's own kind says what failed: false then. */
    public function send(Changes $changes, bool $release): bool
    {
        if (!\headers_sent()) {
            $this->ride(new Changes());
        } elseif (!$this->ridden->none()) {
            \flush(); // what rides on the header is older: let it not come after this
        }
        [$status, $body] = Gateway::call('PATCH', $changes->callJson($release));
        if ($status === 204) {
            return true;
        }
        \trigger_error('sessiongate: the session is not saved: ' . self::reason($status, $body), E_USER_WARNING);
        return false;
    }

    /** In place of what rode before. */
    public function ride(Changes $changes): void
    {
        $this->ridden = clone $changes;
        self::put('Logout', $changes->logout ? '1' : '');
        self::put('Update', $changes->logout || $changes->update === [] ? '' : $changes->updateJson());
        self::put('Rotate', $changes->logout ? '' : $changes->rotate);
    }

    private static function put(string $directive, string $value): void
    {
        if ($value !== '') {
            \header("X-Session-$directive: $value");
        } else {
            \header_remove("X-Session-$directive");
        }
    }

    /** PHP's own cookie, by which nobody could come back. */
    public function withoutCookie(string $name): void
    {
        $kept = [];
        $found = false;
        foreach (\headers_list() as $line) {
            if (\stripos($line, 'Set-Cookie:') !== 0) {
                continue;
            }
            if (\strpos(\ltrim(\substr($line, 11)), "$name=") === 0) {
                $found = true;
            } else {
                $kept[] = $line;
            }
        }
        if (!$found) {
            return;
        }
        \header_remove('Set-Cookie');
        foreach ($kept as $line) {
            \header($line, false);
        }
    }

    private static function reason(int $status, string $body): string
    {
        if ($status === 0) {
            return $body;
        }
        $problem = \json_decode($body, true);
        $type = \is_array($problem) ? (string) ($problem['type'] ?? '') : '';
        $slug = \substr((string) \strrchr($type, ':'), 1);
        if ($slug === 'headers-sent') {
            return 'the session would begin with this request, and its header is out; start the session before any output';
        }
        return "$status $slug";
    }
}
