<?php
/* What ini_get() says of every setting.
requests = 1
ini = {"session.upload_progress.enabled" = "0"}

[[differs]]
why = "the handler is the adapter, strict mode is always on, and the adapter itself finds what is unchanged"
request = 1
files = '''
    [session.lazy_write] => 1
    [session.name] => PHPSESSID
    [session.referer_check] => 
    [session.save_handler] => files
    [session.save_path] => sessions
    [session.serialize_handler] => php
    [session.sid_bits_per_character] => 5
    [session.sid_length] => 26
    [session.upload_progress.cleanup] => 1
    [session.upload_progress.enabled] => 0
    [session.upload_progress.freq] => 1%
    [session.upload_progress.min_freq] => 1
    [session.upload_progress.name] => PHP_SESSION_UPLOAD_PROGRESS
    [session.upload_progress.prefix] => upload_progress_
    [session.use_cookies] => 1
    [session.use_only_cookies] => 1
    [session.use_strict_mode] => 0'''
gateway = '''
    [session.lazy_write] => 0
    [session.name] => PHPSESSID
    [session.referer_check] => 
    [session.save_handler] => user
    [session.save_path] => sessions
    [session.serialize_handler] => php
    [session.sid_bits_per_character] => 5
    [session.sid_length] => 26
    [session.upload_progress.cleanup] => 1
    [session.upload_progress.enabled] => 0
    [session.upload_progress.freq] => 1%
    [session.upload_progress.min_freq] => 1
    [session.upload_progress.name] => PHP_SESSION_UPLOAD_PROGRESS
    [session.upload_progress.prefix] => upload_progress_
    [session.use_cookies] => 1
    [session.use_only_cookies] => 1
    [session.use_strict_mode] => 1'''
*/
session_start();
$settings = ini_get_all('session', false);
$settings['session.save_path'] = basename($settings['session.save_path']);
print_r($settings);
