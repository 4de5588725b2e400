<?php
/* A class is loaded when an object of it is met at the session's start.
*/
spl_autoload_register(function (string $class): void {
    echo "loading $class\n";
    eval("class $class { public \$value = 1; }");
});
session_start();
if ($_GET['n'] === '1') {
    $_SESSION['o'] = new Loaded();
}
print_r($_SESSION);
