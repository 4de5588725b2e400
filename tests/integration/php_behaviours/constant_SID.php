<?php
/* SID is empty when a cookie came, else name and id.
*/
session_start();
echo defined('SID') ? 'defined' : 'not defined', ' ', SID === '' ? 'empty' : preg_replace('/=.*/', '=…', SID), "\n";
