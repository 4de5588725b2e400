<?php
/* Destructors that make objects, which have destructors: what the last of them changes when the page is out is kept.
requests = 3
*/
final class Link
{
    private static array $made = [];
    private int $left;

    public function __construct(int $left)
    {
        $this->left = $left;
    }

    public function __destruct()
    {
        $_SESSION['left'][] = $this->left;
        $_SESSION['last'] = $this->left;
        if ($this->left > 0) {
            self::$made[] = new stdClass();
            self::$made[] = new self($this->left - 1);
        }
    }

    public static function begin(): void
    {
        self::$made[] = new self(4);
    }
}

session_start();
$_SESSION['left'] = [];
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
echo json_encode($_SESSION), "\n";
while (@ob_end_flush());
flush();
Link::begin();
$_SESSION['count']++;
