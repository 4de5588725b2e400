<?php
/* A session exists from session_start() on, also with nothing in it.
requests = 3
*/
session_start();
echo isset($_COOKIE['PHPSESSID']) ? 'known' : 'new', ' ', session_id(), "\n";
