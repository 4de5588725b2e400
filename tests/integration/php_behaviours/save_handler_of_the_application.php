<?php
/* An application's own handler is used as it is.
requests = 3
*/
class OwnHandler implements SessionHandlerInterface
{
    public function open(string $path, string $name): bool
    {
        echo "open $name\n";
        return true;
    }

    public function close(): bool
    {
        echo "close\n";
        return true;
    }

    #[ReturnTypeWillChange]
    public function read(string $id)
    {
        return (string) @file_get_contents(__DIR__ . "/own-$id");
    }

    public function write(string $id, string $data): bool
    {
        echo "write $data\n";
        return file_put_contents(__DIR__ . "/own-$id", $data) !== false;
    }

    public function destroy(string $id): bool
    {
        return unlink(__DIR__ . "/own-$id");
    }

    #[ReturnTypeWillChange]
    public function gc(int $age)
    {
        return 0;
    }
}
ob_start();
var_dump(session_set_save_handler(new OwnHandler(), true), session_module_name());
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
