<?php
/* sessiongate.php - what PHP-FPM loads before each script of an application with `adapter: php`: makes $_SESSION the
 * gateway's session. Nothing happens in a request that did not come through the gateway: PHP-FPM keeps the setting
 * that loads this file for all that a process does afterwards. */
declare(strict_types=1);

if (isset($_SERVER['SESSION_ADAPTER']) && PHP_SAPI !== 'cli' && !class_exists('SessionGate\\Adapter', false)) {
    require __DIR__ . '/Adapter.php';
    SessionGate\Adapter::begin();
}
if (PHP_SAPI !== 'cli' && class_exists('SessionGate\\Adapter', false) && SessionGate\Adapter::$prepend !== '') {
    require SessionGate\Adapter::$prepend;
}
