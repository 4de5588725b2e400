<?php
/* From a file with declare(strict_types=1) and a namespace.
requests = 2
*/
declare(strict_types=1);

namespace Application\Pages;

session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
function session_id(): string
{
    return 'a function of the namespace';
}
echo session_id(), ' ', $_SESSION['count'], ' ', \session_id() !== '' ? 'with an id' : '', "\n";
