<?php
/* session_module_name().
requests = 1

[[differs]]
why = "the handler is the adapter"
request = 1
files = '''
string(5) "files"
string(5) "files"'''
gateway = '''
string(4) "user"
string(4) "user"'''
*/
var_dump(session_module_name());
session_start();
var_dump(session_module_name());
