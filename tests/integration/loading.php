<?php
/* What has been loaded here, and what it was told. */
header('Content-Type: application/json');
echo json_encode([
    'pid' => getmypid(),
    'files' => get_included_files(),
    'ran' => $GLOBALS['ran'] ?? [],
    'loading' => isset($_SERVER['PHP_ADMIN_VALUE']),
    'told' => json_decode($_SERVER['SESSION_ADAPTER'] ?? 'null'),
    'settings' => ['memory_limit' => ini_get('memory_limit'), 'precision' => ini_get('precision')],
]);
