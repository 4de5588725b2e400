<?php
/* __serialize and __unserialize are called, once each in a request.
requests = 3
*/
class Counted
{
    public $calls = [];

    public function __serialize(): array
    {
        return ['calls' => [...$this->calls, 'serialized']];
    }

    public function __unserialize(array $data): void
    {
        $this->calls = [...$data['calls'], 'unserialized'];
    }
}
session_start();
if ($_GET['n'] === '1') {
    $_SESSION['o'] = new Counted();
}
print_r($_SESSION);
