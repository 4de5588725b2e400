<?php
/* finally blocks and generators that end with the script.
requests = 2
*/
session_start();
function pages()
{
    try {
        yield 1;
    } finally {
        $_SESSION['finally'] = ($_SESSION['finally'] ?? 0) + 1;
    }
}
$pages = pages();
$pages->current();
print_r($_SESSION);
