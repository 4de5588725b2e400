<?php
/* session_id($id) before the start chooses a session.
requests = 3
*/
session_id('chosenbytheapplication');
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
echo 'id ', session_id() === 'chosenbytheapplication' ? 'as chosen' : 'another', ', count ', $_SESSION['count'], "\n";
