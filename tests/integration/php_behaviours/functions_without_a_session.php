<?php
/* What each function says when there is no session.
requests = 1
*/
var_dump(session_write_close(), session_abort(), session_reset(), session_unset(), session_id(), session_encode(), session_status());
var_dump(session_destroy(), session_regenerate_id(), session_gc(), session_decode('a|i:1;'), isset($_SESSION));
