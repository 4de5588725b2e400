<?php

declare(strict_types=1);

namespace SessionGate;

/** What a request changed of its session and has not said yet: as directives on the response, or as a call. */
final class Changes
{
    /** @var array<string, string> name to JSON text; 'null' removes */
    public array $update = [];
    /** '' | '1' | 'grace' */
    public string $rotate = '';
    public bool $logout = false;

    public function none(): bool
    {
        return $this->update === [] && $this->rotate === '' && !$this->logout;
    }

    public function updateJson(): string
    {
        $members = [];
        foreach ($this->update as $name => $text) {
            $members[] = \json_encode((string) $name, JSON_UNESCAPED_SLASHES) . ':' . $text;
        }
        // the one control character that JSON does not escape, and a header does not take
        return \str_replace("\x7f", '\u007f', '{' . \implode(',', $members) . '}');
    }

    /** What is not said yet, when these are. */
    public function without(self $said): self
    {
        $rest = new self();
        $rest->update = \array_diff_assoc($this->update, $said->update);
        $rest->rotate = $this->rotate === $said->rotate ? '' : $this->rotate;
        $rest->logout = $this->logout && !$said->logout;
        return $rest;
    }

    /** The body of PATCH /session that makes the session of a former one. */
    public function adoptJson(string $hash): string
    {
        return '{"adopt":"' . $hash . '","update":' . $this->updateJson() . '}';
    }

    /** The body of PATCH /session. */
    public function callJson(bool $release): string
    {
        $members = [];
        if ($this->logout) {
            $members[] = '"logout":"self"';
        } elseif ($this->update !== []) {
            $members[] = '"update":' . $this->updateJson();
        }
        if ($this->rotate !== '' && !$this->logout) {
            $members[] = '"rotate":' . ($this->rotate === '1' ? 'true' : '"grace"');
        }
        if ($release) {
            $members[] = '"release":true';
        }
        return '{' . \implode(',', $members) . '}';
    }
}
