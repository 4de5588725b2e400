<?php
/* session_module_name('files') asks for what there is anyway.

[[differs]]
why = "the handler was the adapter; an application that asks for files gets files"
request = 1
files = '''
string(5) "files"'''
gateway = '''
string(4) "user"'''

[[differs]]
why = "the handler was the adapter; an application that asks for files gets files"
request = 2
files = '''
string(5) "files"'''
gateway = '''
string(4) "user"'''
*/
var_dump(session_module_name('files'));
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
var_dump($_SESSION['count']);
try {
    session_module_name('user');
} catch (ValueError $e) {
    echo $e->getMessage(), "\n";
}
var_dump(@session_module_name('nonexistent'));
