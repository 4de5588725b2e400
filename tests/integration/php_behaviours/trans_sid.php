<?php
/* session.use_trans_sid: the id in links and forms of a visitor without cookies.
requests = 1
ini = {"session.use_trans_sid" = "1", "session.use_only_cookies" = "0"}

[[differs]]
why = "the id is no key to the session: a link with it would open nothing"
request = 1
files = '''
<a href="next.php?PHPSESSID=<id 1>">next</a> <a href="http://example.org/">elsewhere</a> <form action="save.php" method="post"><input type="hidden" name="PHPSESSID" value="<id 1>" /></form>'''
gateway = '''
<a href="next.php">next</a> <a href="http://example.org/">elsewhere</a> <form action="save.php" method="post"></form>'''
*/
session_start();
$_SESSION['a'] = 1;
echo preg_replace('/=\S+/', '=…', SID), "\n";
echo '<a href="next.php">next</a> <a href="http://example.org/">elsewhere</a> <form action="save.php" method="post"></form>', "\n";
