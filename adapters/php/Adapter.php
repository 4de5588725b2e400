<?php

declare(strict_types=1);

namespace SessionGate;

/** One request's adapter: settings read, the handler in force, and the parts that it needs loaded. */
final class Adapter
{
    /** The auto_prepend_file that there would be without us; '' for none. */
    public static string $prepend = '';

    public static function begin(): void
    {
        $settings = \json_decode($_SERVER['SESSION_ADAPTER'], true);
        if (!\is_array($settings) || ($settings['kind'] ?? '') !== 'php') {
            return;
        }
        self::$prepend = self::otherPrepend($settings);
        if ($settings['mode'] === 'observe') {
            return;
        }
        require __DIR__ . '/Values.php';
        require __DIR__ . '/Changes.php';
        require __DIR__ . '/Gateway.php';
        require __DIR__ . '/Response.php';
        require __DIR__ . '/Handler.php';
        $handler = new Handler($settings);
        $handler->install();
    }

    private static function otherPrepend(array $settings): string
    {
        $file = $settings['prepend'] ?? (string) \get_cfg_var('auto_prepend_file');
        return \in_array(\realpath($file), [false, \realpath(__DIR__ . '/sessiongate.php')], true) ? '' : $file;
    }
}
