<?php
/* Serializable, the old way.
*/
class Old implements Serializable
{
    public $value = 1;

    public function serialize()
    {
        return "bytes \0\xff and {$this->value}";
    }

    public function unserialize($data)
    {
        $this->value = bin2hex($data);
    }
}
session_start();
if ($_GET['n'] === '1') {
    $_SESSION['o'] = new Old();
}
print_r($_SESSION);
