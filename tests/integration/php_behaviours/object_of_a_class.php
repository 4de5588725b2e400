<?php
/* An object comes back with all its members, of every visibility.
requests = 3
*/
class Account
{
    public $public = [1];
    protected $protected = 'p';
    private $private = ['nested' => true];
    public readonly int $number;
    public ?Account $friend = null;

    public function __construct(int $number)
    {
        $this->number = $number;
    }

    public function rename(string $to): void
    {
        $this->private['name'] = $to;
    }
}
session_start();
if ($_GET['n'] === '1') {
    $_SESSION['account'] = new Account(7);
    $_SESSION['account']->friend = new Account(8);
    $_SESSION['list'] = [new Account(9), (object) ['a' => 1]];
} elseif ($_GET['n'] === '2') {
    $_SESSION['account']->rename('changed without an assignment');
}
print_r($_SESSION);
