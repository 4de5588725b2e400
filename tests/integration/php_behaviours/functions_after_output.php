<?php
/* What can no longer be done when the header is out.
requests = 1
ini = {output_buffering = "0"}
*/
echo "output\n";
var_dump(session_name('late'), session_id('late'), session_cache_limiter('public'), session_cache_expire(1), session_set_cookie_params(1), session_save_path('/late'));
