<?php
/* An object that keeps a reference to $_SESSION, as frameworks have it.
requests = 3
*/
class Bag
{
    private array $session;

    public function __construct(array &$session)
    {
        $this->session = &$session;
    }

    public function set(string $name, $value): void
    {
        $this->session['bag'][$name] = $value;
    }
}
session_start();
$bag = new Bag($_SESSION);
$bag->set("n{$_GET['n']}", true);
print_r($_SESSION);
