<?php
/* session_name() is what session.name says.
requests = 1
ini = {"session.name" = "FROMINI"}
names = ["FROMINI"]
*/
var_dump(session_name());
session_start();
var_dump(session_name(), session_name('late'), session_name());
