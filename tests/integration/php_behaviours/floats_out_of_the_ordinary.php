<?php
/* INF, NAN and minus zero come back, at the top and within.
*/
session_start();
if ($_GET['n'] === '1') {
    $_SESSION = ['inf' => INF, 'minus' => -INF, 'nan' => NAN, 'zero' => -0.0, 'all' => [INF, -INF, NAN, -0.0, 'deep' => [-0.0]]];
}
var_dump($_SESSION);
