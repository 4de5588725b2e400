<?php
/* An unknown option is a warning, one that is no scalar an error.
requests = 1
*/
var_dump(session_start(['unknown' => 1]));
session_write_close();
try {
    var_dump(session_start(['name' => ['array']]));
} catch (TypeError $e) {
    echo $e->getMessage(), "\n";
}
