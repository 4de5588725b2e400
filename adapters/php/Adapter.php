<?php
/* Adapter.php - the way into a request: decides whether the gateway's session is $_SESSION here, registers what will be
 * needed if the application starts one, and names the file that would have been prepended without us. Until a session
 * is started a request costs these few calls. */
declare(strict_types=1);

namespace SessionGate;

final class Adapter
{
    /** 64 KiB of a page wait, so that what the application changes meanwhile rides on the header. */
    private const HELD_BYTES = 65536;

    /** The auto_prepend_file that there would be without us; '' for none. */
    public static string $prepend = '';

    public static function begin(): void
    {
        if (\PHP_SAPI === 'cli') {
            return;
        }
        require __DIR__ . '/Visit.php';
        $visit = new Visit();
        if (isset($visit->settings['prepend']) || \get_cfg_var('auto_prepend_file')) {
            self::findPrepend($visit->settings['prepend'] ?? null);
        } elseif (!$visit->inPlainFolder) {
            self::lookForUserIni($visit);
        }
        if (($visit->settings === null || ($visit->settings['kind'] ?? '') === 'php') && \function_exists('session_start')) {
            self::open($visit);
        }
    }

    private static function findPrepend(?string $named): void
    {
        require __DIR__ . '/Prepend.php';
        self::$prepend = Prepend::file($named);
    }

    /** What is found to be none is told with the header, good for as long as PHP itself would not look again. */
    private static function lookForUserIni(Visit $visit): void
    {
        if (self::mayHaveUserIni()) {
            self::findPrepend(null);
        }
        if (self::$prepend === '' && ($visit->settings === null || ($visit->settings['mode'] ?? '') === 'on')) {
            $visit->plainFolderSeconds = (int) \ini_get('user_ini.cache_ttl');
        }
    }

    /** One look nearly always says no, from the script's folder, in which PHP is; a script in a folder of the site has
     * several above it, which are Prepend's to look through. */
    private static function mayHaveUserIni(): bool
    {
        $folder = \dirname($_SERVER['SCRIPT_FILENAME'] ?? '');
        $root = $_SERVER['DOCUMENT_ROOT'] ?? '';
        return $root === '' || $root[-1] === '/' || \strncmp($folder, "$root/", \strlen($root) + 1) === 0
            || @\is_file((string) \ini_get('user_ini.filename'));
    }

    private static function open(Visit $visit): void
    {
        if (($visit->settings['mode'] ?? '') === 'observe') {
            require __DIR__ . '/Observe.php';
            Observe::begin();
            return;
        }
        require __DIR__ . '/Handler.php';
        $started = \session_status() === \PHP_SESSION_ACTIVE && self::stopAutomatic();
        $adopt = isset($visit->settings['adopt']) ? self::adopt($visit) : null;
        $visit->showCookies();
        $handler = new Handler($visit, $adopt);
        self::take($handler);
        if (\ini_set('session.use_strict_mode', '1') === false) {
            unset($_COOKIE[(string) \ini_get('session.name')]); /* else PHP would take any id that a client sends */
        }
        /* A handler that is six functions has our updateTimestamp(), where it expects its own write() also for a session
         * that did not change: else that one expires while it is used. */
        \ini_set('session.lazy_write', '0');
        if (\ini_get('session.use_trans_sid')) {
            \ini_set('session.use_trans_sid', '0');
            \error_log('sessiongate: session.use_trans_sid is off: an id in a link opens nothing here. Take it out of the '
                . "configuration; for clients without cookies the gateway has token: header");
        }
        \header_register_callback([$handler, 'beforeHeaders']);
        self::hold();
        if ($_FILES !== []) {
            self::refuseProgress();
        }
        if ($started) {
            \session_start();
        }
    }

    /** From 8.2.36 on PHP lets nobody change where sessions lie while it keeps the progress of uploads in them. Without us
     * the application would go on with sessions of its own. */
    private static function take(Handler $handler): void
    {
        try {
            \session_set_save_handler($handler, false);
        } catch (\Error $e) {
            \error_log('sessiongate: sessions cannot go through the gateway: ' . $e->getMessage()
                . '. Say php_admin_flag[session.upload_progress.enabled] = off in the configuration of the pool');
            \http_response_code(500);
            exit(1);
        }
    }

    /** Null: there is nothing of this visitor's to move in with, or to keep where it was. */
    private static function adopt(Visit $visit): ?Adopt
    {
        $setting = $visit->settings['adopt'];
        if ($visit->settings['mode'] !== 'on' || ($visit->exists && !$setting['write_back'])) {
            return null;
        }
        require __DIR__ . '/SerializeFormat.php';
        require __DIR__ . '/OldPlace.php';
        require __DIR__ . '/Adopt.php';
        return Adopt::from($setting, $_COOKIE);
    }

    /** session.upload_progress, which a form asks for by a field: PHP has written it at its own place by now. */
    private static function refuseProgress(): void
    {
        if (\ini_get('session.upload_progress.enabled') && isset($_POST[\ini_get('session.upload_progress.name')])) {
            \error_log('sessiongate: the progress of this upload is not in $_SESSION (session.upload_progress): PHP writes '
                . 'it before it loads anything. Show what the browser knows instead (XMLHttpRequest.upload.onprogress)');
        }
    }

    /** PHP's own first buffer, of output_buffering, becomes a larger one. Where there is none we make none: such
     * applications count on flush(). */
    private static function hold(): void
    {
        if (\ob_list_handlers() === ['default output handler']) {
            $begun = \ob_get_clean();
            \ob_start(null, self::HELD_BYTES);
            echo $begun;
        }
    }

    /** session.auto_start has started one before us, at PHP's own place. */
    private static function stopAutomatic(): bool
    {
        $empty = $_SESSION === [];
        $own = !isset($_COOKIE[\session_name()]);
        if ($empty && $own) {
            \session_destroy();
        } else {
            \session_abort();
        }
        $_SESSION = [];
        \session_id('');
        \header_remove('Set-Cookie');
        return true;
    }
}
