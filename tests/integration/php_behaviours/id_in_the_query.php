<?php
/* ?PHPSESSID=… without use_only_cookies.
requests = ["PHPSESSID=chosenbysomebody00000000000", "PHPSESSID=chosenbysomebody00000000000"]
ini = {"session.use_only_cookies" = "0"}

[[differs]]
why = "a client never chooses its session"
request = 1
files = '''

taken, count 1'''
gateway = '''
session cookie: of a new id

not taken, count 1'''

[[differs]]
why = "a client never chooses its session"
request = 2
files = "taken, count 2"
gateway = "not taken, count 2"
*/
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
echo session_id() === 'chosenbysomebody00000000000' ? 'taken' : 'not taken', ', count ', $_SESSION['count'], "\n";
