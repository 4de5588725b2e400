<?php
/* Log in, work, log out, as applications do it.
requests = ["", "user=alice", "", "", "logout=1", ""]

[[differs]]
why = "session_regenerate_id() changes the token and not the id, and the cookie of a session that has ended is cleared"
request = 2
files = "session cookie: of a new id"
gateway = "session cookie: of an id before"

[[differs]]
why = "session_regenerate_id() changes the token and not the id, and the cookie of a session that has ended is cleared"
request = 5
files = "pragma: no-cache"
gateway = '''
pragma: no-cache
session cookie: cleared'''

[[differs]]
why = "session_regenerate_id() changes the token and not the id, and the cookie of a session that has ended is cleared"
request = 6
files = "pragma: no-cache"
gateway = '''
pragma: no-cache
session cookie: of a new id'''
*/
session_start();
if (isset($_GET['user'])) {
    session_regenerate_id(true);
    $_SESSION = ['user' => $_GET['user'], 'since' => 'today', 'token' => 'csrf'];
} elseif (isset($_GET['logout'])) {
    $_SESSION = [];
    session_destroy();
} elseif (isset($_SESSION['user'])) {
    $_SESSION['pages'] = ($_SESSION['pages'] ?? 0) + 1;
}
echo 'user ', $_SESSION['user'] ?? 'nobody', ', pages ', $_SESSION['pages'] ?? 0, "\n";
