<?php
/* An object in two keys, with one attribute for each key.
requests = 3

[[differs]]
why = "each key is an attribute of its own; split: whole keeps objects together"
request = 2
files = '''
bool(true)
bool(true)
bool(true)'''
gateway = '''
bool(false)
bool(true)
bool(false)'''

[[differs]]
why = "each key is an attribute of its own; split: whole keeps objects together"
request = 3
files = '''
bool(true)
bool(true)
bool(true)'''
gateway = '''
bool(false)
bool(true)
bool(false)'''
*/
session_start();
if ($_GET['n'] === '1') {
    $_SESSION['a'] = $_SESSION['b'] = new stdClass();
} elseif ($_GET['n'] === '2') {
    $_SESSION['a']->seen = 'in both';
}
var_dump($_SESSION['a'] === $_SESSION['b'], isset($_SESSION['a']->seen), isset($_SESSION['b']->seen));
