<?php
/* Failure.php - what keeps a session from being read or saved, and what to do about it: the text of a warning. A class of its
 * own, so that nothing that the application's objects throw is taken for it. */
declare(strict_types=1);

namespace SessionGate;

final class Failure extends \RuntimeException
{
}
