<?php
/* session_cache_expire() moves Expires and max-age.
requests = ["minutes=30", "minutes=600"]
*/
session_cache_limiter('public');
var_dump(session_cache_expire((int) $_GET['minutes']), session_cache_expire());
session_start();
