<?php
/* An id that nobody gave out, without strict mode.
requests = [{cookies = {PHPSESSID = "inventedbyaclient000000000"}}, {cookies = {PHPSESSID = "inventedbyaclient000000000"}, jar = 0}]

[[differs]]
why = "a client never chooses its session: strict mode is always on"
request = 1
files = '''

taken, count 1'''
gateway = '''
session cookie: of a new id

not taken, count 1'''

[[differs]]
why = "a client never chooses its session: strict mode is always on"
request = 2
files = '''

taken, count 2'''
gateway = '''
session cookie: of a new id

not taken, count 1'''
*/
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
echo session_id() === 'inventedbyaclient000000000' ? 'taken' : 'not taken', ', count ', $_SESSION['count'], "\n";
