<?php
/* session_id($id) before the start chooses a session.
requests = 3

[[differs]]
why = "ids are the gateway's: an application that chooses one is refused, with what to do instead"
request = 1
files = '''
cache-control: no-store, no-cache, must-revalidate
content-type: text/html; charset=UTF-8
expires: Thu, 19 Nov 1981 08:52:00 GMT
pragma: no-cache
session cookie: of a new id

id as chosen, count 1'''
gateway = '''
content-type: text/html; charset=UTF-8


Warning: sessiongate: …

Warning: session_start(): Failed to read session data: user (path: /sessions) in /id_is_set/index.php on line 3
id another, count 1'''

[[differs]]
why = "ids are the gateway's: an application that chooses one is refused, with what to do instead"
request = 2
files = '''
cache-control: no-store, no-cache, must-revalidate
content-type: text/html; charset=UTF-8
expires: Thu, 19 Nov 1981 08:52:00 GMT
pragma: no-cache

id as chosen, count 2'''
gateway = '''
content-type: text/html; charset=UTF-8


Warning: sessiongate: …

Warning: session_start(): Failed to read session data: user (path: /sessions) in /id_is_set/index.php on line 3
id another, count 1'''

[[differs]]
why = "ids are the gateway's: an application that chooses one is refused, with what to do instead"
request = 3
files = '''
cache-control: no-store, no-cache, must-revalidate
content-type: text/html; charset=UTF-8
expires: Thu, 19 Nov 1981 08:52:00 GMT
pragma: no-cache

id as chosen, count 3'''
gateway = '''
content-type: text/html; charset=UTF-8


Warning: sessiongate: …

Warning: session_start(): Failed to read session data: user (path: /sessions) in /id_is_set/index.php on line 3
id another, count 1'''
*/
session_id('chosenbytheapplication');
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
echo 'id ', session_id() === 'chosenbytheapplication' ? 'as chosen' : 'another', ', count ', $_SESSION['count'], "\n";
