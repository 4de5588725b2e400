<?php
/* Names that cannot be: a number, none.
requests = 1
*/
var_dump(session_name('123'), session_name(''), session_name());
session_start();
var_dump(session_name());
