<?php
/* Prepend.php - which file PHP would have run before the script, had it not been told to run ours: PHP has one
 * auto_prepend_file, and an administrator may have named another in the web server's settings, in a .user.ini or in
 * php.ini. What the pool's own configuration named cannot be seen any more: see docs/php.md. */
declare(strict_types=1);

namespace SessionGate;

final class Prepend
{
    private const SETTING = 'auto_prepend_file';

    /** $named: by the web server, as the gateway tells; null: it says nothing. '' for none. */
    public static function file(?string $named): string
    {
        $file = $named ?? self::ofUserIni() ?? (string) \get_cfg_var(self::SETTING);
        if ($file === '' || \strtolower($file) === 'none') {
            return '';
        }
        return \realpath($file) === \realpath(__DIR__ . '/sessiongate.php') ? '' : $file;
    }

    /** PHP itself reads these files, but heeds nothing in them that an administrator has set. */
    private static function ofUserIni(): ?string
    {
        $name = (string) \ini_get('user_ini.filename');
        $folder = \dirname((string) ($_SERVER['SCRIPT_FILENAME'] ?? ''));
        $root = \rtrim((string) ($_SERVER['DOCUMENT_ROOT'] ?? ''), '/');
        if ($name === '' || $folder === '' || $folder === '.' || $root === '') {
            return null;
        }
        /* From the script's folder up to the site's root, where PHP goes the other way and the last one counts. */
        while (($found = self::named("$folder/$name")) === null && $folder !== $root
            && \strncmp($folder, "$root/", \strlen($root) + 1) === 0) {
            $folder = \dirname($folder);
        }
        return $found;
    }

    /** By that file, if it is there and says anything of it. */
    private static function named(string $file): ?string
    {
        return @\is_file($file) ? @\parse_ini_file($file)[self::SETTING] ?? null : null;
    }
}
