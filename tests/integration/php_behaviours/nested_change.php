<?php
/* What changes deep within is kept.
requests = 3
*/
session_start();
if ($_GET['n'] === '1') {
    $_SESSION['cart'] = ['items' => [['id' => 1, 'count' => 1]], 'note' => ''];
} elseif ($_GET['n'] === '2') {
    $_SESSION['cart']['items'][0]['count']++;
    $_SESSION['cart']['items'][] = ['id' => 2, 'count' => 5];
    $_SESSION['new']['made']['on the way'] = true;
}
var_dump($_SESSION);
