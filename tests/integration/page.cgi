#!/bin/sh
# As page.c, started by fcgiwrap for each request: does what the X-Test-* headers ask for and shows its SESSION_* params.
body=$(mktemp) && trap 'rm -f "$body"' EXIT
cat >"$body" # before the answer begins: see page.c
sleep "${HTTP_X_TEST_WAIT:-0}"
printf 'Status: %s\r\nContent-Type: text/plain\r\n' "${HTTP_X_TEST_STATUS:-200}"
[ -z "$HTTP_X_TEST_SAY" ] || printf '%s\n' "$HTTP_X_TEST_SAY" | tr '|' '\n' | sed 's/^/X-Session-/; s/$/\r/'
printf '\r\n'
if [ "$REQUEST_METHOD" = POST ]; then
	sum=$(sha256sum <"$body")
	printf '%d %s\n' "$(stat -c %s "$body")" "${sum%% *}"
elif [ -n "$HTTP_X_TEST_BYTES" ]; then
	head -c "$HTTP_X_TEST_BYTES" /dev/zero | tr '\0' x
else
	env | grep ^SESSION_
fi
