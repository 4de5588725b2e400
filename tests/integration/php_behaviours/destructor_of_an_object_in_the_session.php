<?php
/* An object that is kept in the session is destroyed after it was.
requests = 2
*/
class Kept
{
    public $destroyed = 0;

    public function __destruct()
    {
        $this->destroyed++;
        echo "destroyed {$this->destroyed}\n";
    }
}
session_start();
$_SESSION['kept'] ??= new Kept();
echo $_SESSION['kept']->destroyed, "\n";
