<?php
/* __sleep and __wakeup are called.
*/
class Connection
{
    public $host = 'a';
    public $handle = 'lost';
    private $password = 'kept';
    public $log = [];

    public function __sleep()
    {
        return ['host', 'password', 'log'];
    }

    public function __wakeup()
    {
        $this->handle = 'reopened to ' . $this->host;
    }
}
session_start();
if ($_GET['n'] === '1') {
    $_SESSION['c'] = new Connection();
}
print_r($_SESSION);
