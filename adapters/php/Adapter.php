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
        $settings = \json_decode($_SERVER['SESSION_ADAPTER'] ?? '', true);
        if (\PHP_SAPI === 'cli') {
            return;
        }
        require __DIR__ . '/Prepend.php';
        self::$prepend = Prepend::file($settings['prepend'] ?? null);
        if (!\is_array($settings) || ($settings['kind'] ?? '') !== 'php') {
            return;
        }
        if ($settings['mode'] === 'observe') {
            require __DIR__ . '/Observe.php';
            Observe::begin();
            return;
        }
        require __DIR__ . '/Values.php';
        require __DIR__ . '/Changes.php';
        require __DIR__ . '/Gateway.php';
        require __DIR__ . '/Response.php';
        require __DIR__ . '/Handler.php';
        if (isset($settings['adopt'])) {
            require __DIR__ . '/SerializeFormat.php';
            require __DIR__ . '/OldPlace.php';
            require __DIR__ . '/Adopt.php';
        }
        $handler = new Handler($settings);
        $handler->install();
    }
}
