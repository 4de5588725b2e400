<?php
/* sessiongate.php - what PHP-FPM loads before each script of an application with `adapter: php`: makes $_SESSION the
 * gateway's session. PHP-FPM keeps the setting that loads this file for all that a process does afterwards: in a request
 * that did not come through the gateway, and on the command line, only what would have been loaded without us is. */
declare(strict_types=1);

if (!class_exists('SessionGate\\Adapter', false)) {
    require __DIR__ . '/Adapter.php';
    SessionGate\Adapter::begin();
    if (SessionGate\Adapter::$prepend !== '') {
        require SessionGate\Adapter::$prepend;
    }
}
