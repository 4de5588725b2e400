<?php
/* Response.php - what the gateway is told about the session: by the response's header as long as that is here, afterwards
 * by the session API. What is pending is said again in each header line, so the last one counts. */
declare(strict_types=1);

namespace SessionGate;

final class Response
{
    private Api $api;
    private string $rotate;
    /** @var array<string, string|null> name => JSON text; null removes it */
    private array $changes = [];
    private bool $rotating = false;
    private bool $ending = false;
    /** @var array<string, string|null> on the header as it is */
    private array $ridden = [];
    private bool $rode = false;
    private bool $sent = false;

    /** @param string $regenerate now or grace */
    public function __construct(Api $api, string $regenerate)
    {
        $this->api = $api;
        $this->rotate = $regenerate === 'grace' ? 'grace' : '1';
    }

    /** Nothing more can ride. */
    public function sent(): bool
    {
        if (!$this->sent && \headers_sent()) {
            $this->sent = true;
            $this->settle();
        }
        return $this->sent;
    }

    /** @param array<string, string|null> $changes */
    public function change(array $changes): void
    {
        $this->changes = $changes + $this->changes;
    }

    /** What the gateway will have once all is said: decoded attributes. */
    public function over(array $attributes): array
    {
        foreach ($this->changes as $name => $json) {
            if ($json === null) {
                unset($attributes[$name]);
            } else {
                $attributes[$name] = \json_decode($json, true, Visit::DEPTH);
            }
        }
        return $attributes;
    }

    public function rotate(): void
    {
        $this->rotating = true;
    }

    /** The session ends, or, when a new one is begun in the same request, does not. */
    public function end(bool $ending): void
    {
        $this->ending = $ending;
        if ($ending) {
            $this->changes = [];
            $this->rotating = false;
        }
    }

    /** What was not said yet; false: it could not be said, and why is a warning. */
    public function say(): bool
    {
        return $this->sent() ? $this->patch(false) : $this->ride();
    }

    /** Now, though the header is still here: the next request of this session waits for its lock. */
    public function release(): bool
    {
        $released = $this->patch(true);
        if (!$this->sent()) {
            $this->ride();
        }
        return $released;
    }

    /** All changes at once, as a session made of a former one; they are done with, whatever the status says. */
    public function adopt(string $hash): int
    {
        $change = '{"adopt":"' . $hash . '","update":' . $this->update() . '}';
        $this->forget();
        return $this->api->adopt($change);
    }

    /** From the header callback: after this nothing rides any more. */
    public function leave(): void
    {
        $this->ride();
        $this->forget();
        $this->sent = true;
    }

    /** The header went without a call of ours, whose callback an application may take for itself: what rode is said. */
    private function settle(): void
    {
        $this->changes = \array_diff_assoc($this->changes, $this->ridden);
        $this->rotating = $this->ending = false;
    }

    private function ride(): bool
    {
        $pending = $this->changes !== [] || $this->rotating || $this->ending;
        if (!$pending && !$this->rode) {
            return true;
        }
        $this->ridden = $this->changes;
        $this->rode = $pending;
        $this->line('X-Session-Logout', $this->ending ? 'self' : null);
        $this->line('X-Session-Rotate', $this->rotating ? $this->rotate : null);
        $this->line('X-Session-Update', $this->changes === [] ? null : $this->update());
        return true;
    }

    private function line(string $name, ?string $value): void
    {
        if ($value !== null) {
            \header("$name: $value");
        } else {
            \header_remove($name);
        }
    }

    private function forget(): void
    {
        $this->changes = [];
        $this->rotating = $this->ending = false;
    }

    private function update(): string
    {
        $members = [];
        foreach ($this->changes as $name => $json) {
            $members[] = Codec::name((string) $name) . ':' . ($json ?? 'null');
        }
        /* the one control character that JSON does not escape, and a header does not take */
        return \str_replace("\x7f", '\u007f', '{' . \implode(',', $members) . '}');
    }

    /** What rode is older, and lies in PHP-FPM's buffer: let it not come after this. */
    private function hurry(): void
    {
        if ($this->rode && $this->sent()) {
            \flush();
        }
        $this->rode = false;
    }

    private function patch(bool $release): bool
    {
        $members = [];
        if ($this->changes !== []) {
            $members[] = '"update":' . $this->update();
        }
        if ($this->rotating) {
            $members[] = '"rotate":' . ($this->rotate === 'grace' ? '"grace"' : 'true');
        }
        if ($this->ending) {
            $members[] = '"logout":"self"';
        }
        if ($release) {
            $members[] = '"release":true';
        }
        $this->forget();
        if ($members === []) {
            return true;
        }
        $this->hurry();
        $this->api->patch('{' . \implode(',', $members) . '}');
        return true;
    }
}
