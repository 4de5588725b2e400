<?php
/* A handler that extends PHP's SessionHandler and adds something of its own, as one that encrypts does.
requests = 3
*/
class Wrapping extends SessionHandler
{
    public function read(string $id): string|false
    {
        return strrev(parent::read($id));
    }

    public function write(string $id, string $data): bool
    {
        return parent::write($id, strrev($data));
    }
}
var_dump(session_set_save_handler(new Wrapping(), true));
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
echo $_SESSION['count'], "\n";
