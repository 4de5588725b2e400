<?php
/* One more than the session held when this request came, said a moment later: who came meanwhile says the same. */
header('Content-Type: text/plain');
if (isset($_SERVER['HTTP_X_TEST_STAY'])) {   // there it leaves its pid, for whoever is to kill it
    file_put_contents($_SERVER['HTTP_X_TEST_STAY'] . '.new', getmypid());
    rename($_SERVER['HTTP_X_TEST_STAY'] . '.new', $_SERVER['HTTP_X_TEST_STAY']);
    sleep(600);
}
usleep(20000);
header('X-Session-Update: ' . json_encode(['n' => 1 + (int) ($_SERVER['SESSION_ATTR_n'] ?? 0)]));
