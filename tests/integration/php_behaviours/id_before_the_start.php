<?php
/* session_id() is empty before the start and stays after the close.
*/
var_dump(session_id());
session_start();
$id = session_id();
session_write_close();
var_dump($id === session_id(), $id !== '');
