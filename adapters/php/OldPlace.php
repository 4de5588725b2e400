<?php
/* OldPlace.php - where an application kept its sessions before, by PHP's own handler of that kind of place: files,
 * redis, memcached.
 *
 * SessionHandler is the handler that was in force before ours, and works while PHP has a session open: so choose() comes
 * before session_set_save_handler(), and all else from within a handler's call. What the handler warns of, or throws, is a
 * RuntimeException here. */
declare(strict_types=1);

namespace SessionGate;

final class OldPlace
{
    /**
     * Switched off for as long as the request lasts: these locks are tried for, and given up. Who takes a session over is
     * settled by the gateway's store, and a parallel request that could not read the old session would pass for somebody
     * who has none.
     */
    private const LOCKS = ['redis' => 'redis.session.locking_enabled', 'memcached' => 'memcached.sess_locking'];

    private string $kind;
    private string $savePath;
    private string $name;
    private ?\SessionHandler $handler = null;
    /** What was read, and is locked. */
    private ?string $locked = null;

    /** $savePath: as session.save_path says it. $name: of the cookie, which is session.name there. */
    public function __construct(string $kind, string $savePath, string $name)
    {
        $this->kind = $kind;
        $this->savePath = $savePath;
        $this->name = $name;
    }

    public static function choose(string $kind): void
    {
        if (isset(self::LOCKS[$kind])) {
            \ini_set(self::LOCKS[$kind], '0');
        }
        if (\ini_get('session.save_handler') === $kind) {
            return; /* which may be an administrator's last word */
        }
        self::listening(static function () use ($kind): bool {
            return \ini_set('session.save_handler', $kind) !== false;
        }, "PHP has no session handler \"$kind\": is the extension php-$kind missing?");
    }

    /**
     * What is kept there under this id, which stays locked until close() where that is a file. Null: nothing, or a
     * session without a value, which is as good as none.
     */
    public function read(string $id): ?string
    {
        if (!$this->mayHave($id)) {
            return null;
        }
        $text = $this->lock($id);
        if ($text !== '') {
            return $text;
        }
        if ($this->kind === 'files') {
            $this->destroy($id); /* reading has made it */
        }
        return null;
    }

    public function write(string $id, string $text): void
    {
        $this->lock($id);
        $this->call('write', $id, $text);
    }

    public function destroy(string $id): void
    {
        $this->lock($id);
        $this->call('destroy', $id);
        $this->locked = null;
    }

    /** Any time, also when nothing is open. */
    public function close(): void
    {
        $handler = $this->handler;
        $this->handler = $this->locked = null;
        if ($handler !== null) {
            try {
                self::listening([$handler, 'close'], '');
            } catch (\Throwable $e) {
                /* all that was asked of it has been answered */
            }
        }
    }

    /** By reading it, as PHP does: handlers write and remove only what they have read. */
    private function lock(string $id): ?string
    {
        if ($this->locked === $id) {
            return null;
        }
        $this->locked = $id;
        return $this->call('read', $id);
    }

    /** @return mixed */
    private function call(string $what, string ...$arguments)
    {
        if ($this->handler === null) {
            $handler = new \SessionHandler();
            self::listening(function () use ($handler): bool {
                return $handler->open($this->savePath, $this->name);
            }, "session.save_path \"$this->savePath\" cannot be opened");
            $this->handler = $handler;
        }
        return self::listening(function () use ($what, $arguments) {
            return $this->handler->$what(...$arguments);
        }, "the handler \"$this->kind\" cannot $what");
    }

    /**
     * The result, unless that is false; $failure is what is said of a false that came without a warning.
     *
     * @return mixed
     */
    private static function listening(callable $call, string $failure)
    {
        \set_error_handler(static function (int $level, string $message) use (&$warning): bool {
            $warning = $warning ?? $message;
            return true;
        });
        try {
            $result = $call();
        } finally {
            \restore_error_handler();
        }
        if ($result === false) {
            throw new \RuntimeException($warning ?? $failure);
        }
        return $result;
    }

    /**
     * The handler for files makes one where it reads none: so it is looked for first, where open_basedir lets us, to
     * which the handler itself need not keep. Others tell by reading.
     */
    private function mayHave(string $id): bool
    {
        if ($this->kind !== 'files' || (string) \ini_get('open_basedir') !== '') {
            return true;
        }
        $file = $this->file($id);
        \clearstatcache(true, $file);
        return \is_file($file);
    }

    /** save_path is PATH, DEPTH;PATH or DEPTH;MODE;PATH; so many characters of the id are folders. */
    private function file(string $id): string
    {
        $parts = \explode(';', $this->savePath, 3);
        $folder = \end($parts);
        $depth = \count($parts) > 1 ? (int) $parts[0] : 0;
        if ($folder === '') {
            $folder = \sys_get_temp_dir();
        }
        foreach ($depth > 0 ? \str_split(\substr($id, 0, $depth)) : [] as $character) {
            $folder .= '/' . $character;
        }
        return "$folder/sess_$id";
    }
}
