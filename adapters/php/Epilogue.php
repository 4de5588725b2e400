<?php
/* Epilogue.php - the last of the application's code has run, and PHP has not yet made its own text of the session: a
 * moment for which PHP has no callback. It calls destructors in the order in which objects were made, those of objects
 * that destructors make as well; so it is when the youngest object's turn has come, which is one of these. Does
 * something else come after it (exit(), an error, output handlers), PHP calls the session's handler as ever. */
declare(strict_types=1);

namespace SessionGate;

final class Epilogue
{
    /** Nothing else holds it; and while there is one, PHP gives no number of an object twice. */
    private static ?self $next = null;

    private Handler $handler;

    /** In a destructor that PHP calls because the script is over. */
    public static function await(Handler $handler): void
    {
        self::$next = new self();
        self::$next->handler = $handler;
    }

    public function __destruct()
    {
        if (\spl_object_id(new \stdClass()) > \spl_object_id($this) + 1) {
            self::await($this->handler); /* destructors of others have made some */
        } elseif (\ob_get_level() === 0) {
            $this->handler->end();
        }
    }
}
