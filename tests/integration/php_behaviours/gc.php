<?php
/* session_gc() says how many it removed.
requests = 1
*/
session_start();
var_dump(session_gc());
