<?php
/* So it is when the header is out.
requests = 3
ini = {output_buffering = "0"}

[[differs]]
why = "session.max_value: the change is refused, with a warning"
request = 2
files = '''
2 600000
'''
gateway = '''
2 600000

Warning: sessiongate: …

Warning: PHP Request Shutdown: Failed to write session data using user defined save handler. (session.save_path: /sessions, handler: SessionGate\Handler::write) in Unknown on line 0
'''

[[differs]]
why = "session.max_value: the change is refused, with a warning"
request = 3
files = "3 600000"
gateway = "2 0"
*/
session_start();
echo "the page begins\n";
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
if ($_GET['n'] === '2') {
    $_SESSION['large'] = str_repeat('x', 600_000);
}
echo $_SESSION['count'], ' ', strlen($_SESSION['large'] ?? ''), "\n";
