<?php
/* A page that does to its session what ?do= says. */
switch ($_GET['do'] ?? '') {
case 'none':
	echo 'none';
	break;
case 'id':
	session_start();
	echo session_id();
	break;
case 'count':
	session_start();
	$_SESSION['n'] = ($_SESSION['n'] ?? 0) + 1;
	echo $_SESSION['n'];
	break;
case 'set':
	session_start();
	$_SESSION[$_GET['key']] = $_GET['value'];
	echo 'set';
	break;
case 'show':
	session_start();
	echo json_encode($_SESSION);
	break;
case 'late':
	session_start();
	echo str_repeat('x', 200000);
	$_SESSION['late'] = 1;
	break;
case 'regenerate':
	session_start();
	$_SESSION['rotated'] = session_regenerate_id(true);
	echo session_id();
	break;
case 'destroy':
	session_start();
	session_destroy();
	echo 'destroyed';
	break;
case 'anew':
	session_start();
	session_destroy();
	session_start();
	$_SESSION['anew'] = 1;
	echo json_encode($_SESSION);
	break;
case 'object':
	session_start();
	$_SESSION['object'] = new ArrayObject(['a' => 1]);
	$_SESSION['null'] = null;
	$_SESSION['float'] = 1.0;
	$_SESSION['binary'] = "\xff\x00";
	echo 'object';
	break;
case 'objects':
	session_start();
	var_dump($_SESSION);
	break;
}
