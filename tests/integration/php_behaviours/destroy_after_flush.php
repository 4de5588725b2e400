<?php
/* A session can be destroyed when the header is out.
requests = 3
ini = {output_buffering = "0"}

[[differs]]
why = "the cookie of a session that has ended is cleared with the next request, and the next session has an id of its own"
request = 2
files = "pragma: no-cache"
gateway = '''
pragma: no-cache
session cookie: cleared'''

[[differs]]
why = "the cookie of a session that has ended is cleared with the next request, and the next session has an id of its own"
request = 3
files = "pragma: no-cache"
gateway = '''
pragma: no-cache
session cookie: of a new id'''
*/
session_start();
echo "the page begins\n";
if ($_GET['n'] === '1') {
    $_SESSION['a'] = 1;
} elseif ($_GET['n'] === '2') {
    var_dump(session_destroy());
}
var_dump($_SESSION);
