<?php
/* Objects of PHP's own classes.
*/
session_start();
if ($_GET['n'] === '1') {
    $storage = new SplObjectStorage();
    $storage[new DateTimeZone('Europe/Berlin')] = 'a zone';
    $_SESSION = ['date' => new DateTimeImmutable('2026-01-02 03:04:05.678901 +02:00'), 'array object' => new ArrayObject(['a' => [1, 2]]),
        'storage' => $storage, 'interval' => new DateInterval('P1DT2H'), 'queue' => new SplQueue(), 'std' => (object) ['0' => 'digits', 'a b' => null]];
    $_SESSION['queue'][] = 'first';
}
print_r($_SESSION);
