<?php
/* session_status() tells none from active, through all phases.

[[differs]]
why = "the session that begins anew has the same id, and a new token"
request = 2
files = "pragma: no-cache"
gateway = '''
pragma: no-cache
session cookie: of an id before'''
*/
$names = [PHP_SESSION_DISABLED => 'disabled', PHP_SESSION_NONE => 'none', PHP_SESSION_ACTIVE => 'active'];
$say = function (string $when) use ($names): void {
    echo $when, ': ', $names[session_status()], ', id ', session_id() === '' ? 'empty' : 'set', ', ', isset($_SESSION) ? 'with' : 'without', " \$_SESSION\n";
};
$say('at first');
session_start();
$say('started');
session_write_close();
$say('closed');
session_start();
$say('started again');
session_abort();
$say('aborted');
session_start();
session_destroy();
$say('destroyed');
session_start();
$say('started anew');
