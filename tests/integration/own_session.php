<?php
/* An application with a session of its own, PHP's, in files. X-Test-Do says what it does, step by step:
 * "start; set cart 1; flush; set late 1; sleep 100". It shows what it sees at the end. */
class Remembers
{
    public $what = 'something';

    public function __sleep()
    {
        $GLOBALS['asked']++;
        return ['what'];
    }
}

ini_set('session.save_path', __DIR__);
header('Content-Type: text/plain');
$GLOBALS['asked'] = 0;
$steps = [
    'start' => function () { session_start(); },
    'name' => function ($name) { session_name($name); },
    'set' => function ($key, $value) { $_SESSION[$key] = $value; },
    'fill' => function ($key, $bytes) { $_SESSION[$key] = str_repeat('x', (int) $bytes); },
    'numbers' => function ($key, $count) { $_SESSION[$key] = range(1, (int) $count); },
    'remember' => function ($key) { $_SESSION[$key] = new Remembers(); },
    'unset' => function ($key) { unset($_SESSION[$key]); },
    'regenerate' => function () { session_regenerate_id(true); },
    'close' => function () { session_write_close(); },
    'destroy' => function () { session_destroy(); },
    'finish' => function () { fastcgi_finish_request(); },
    'flush' => function () { echo "flushed\n"; ob_get_level() > 0 && ob_flush(); flush(); },
    'sleep' => function ($ms) { usleep(1000 * (int) $ms); },
    'touch' => function ($file) { touch(__DIR__ . "/$file"); },
    'await' => function ($file) { while (!file_exists(__DIR__ . "/$file")) { usleep(1000); clearstatcache(); } },
    'shutdown' => function ($key, $value) {
        register_shutdown_function(function () use ($key, $value) { $_SESSION[$key] = $value; });
    },
    'callback' => function () { header_register_callback(function () { header('X-Mine: yes'); }); },
    'handler' => function () { set_error_handler(function ($number, $text) { echo "error: $text\n"; }); },
    'fail' => function () { nobody_has_defined_this(); },
    'exit' => function () { exit("exit\n"); },
];
foreach (array_filter(array_map('trim', explode(';', $_SERVER['HTTP_X_TEST_DO'] ?? ''))) as $line) {
    $words = explode(' ', $line);
    $steps[array_shift($words)](...$words);
}
echo json_encode($_SESSION ?? null), "\n";
echo json_encode([session_id(), session_name(), session_status(), session_module_name(), $asked, error_get_last(), ob_get_level()]), "\n";
echo json_encode(preg_grep('/^(SESSION_|PHP_)/', array_keys($_SERVER))), "\n";
