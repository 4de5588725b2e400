<?php
// A request that runs while its gateway is told to end.
header('Content-Type: text/plain');
sleep((int) $_GET['seconds']);
echo 'done';
