/* page.c - a test's application on libfcgi: does what the X-Test-* headers ask for and shows its SESSION_* params.
 * page.php, page.pl and page.cgi do the same.
 * Use  page SOCKET */
#include <fcgiapp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BACKLOG = 256, BODY_BYTES = 8 << 20 };

static const char *header(const FCGX_Request *request, const char *name)
{
	const char *value = FCGX_GetParam(name, request->envp);

	return value != NULL ? value : "";
}

/* X-Test-Say: "Set: a=1|Login: alice", each of them a directive. */
static void say_directives(const FCGX_Request *request)
{
	const char *at = header(request, "HTTP_X_TEST_SAY");

	while (*at != '\0') {
		size_t length = strcspn(at, "|");

		FCGX_FPrintF(request->out, "X-Session-%.*s\r\n", (int)length, at);
		at += length + (at[length] == '|');
	}
}

static void show_session(const FCGX_Request *request)
{
	for (char **pair = request->envp; *pair != NULL; pair++) {
		if (strncmp(*pair, "SESSION_", 8) == 0)
			FCGX_FPrintF(request->out, "%s\n", *pair);
	}
}

static void answer(const FCGX_Request *request)
{
	static char body[BODY_BYTES];
	const char *status = header(request, "HTTP_X_TEST_STATUS");
	int length;

	/* all of it before the first byte of the answer: nginx stops sending once it has seen a header */
	length = FCGX_GetStr(body, sizeof(body), request->in);
	usleep((useconds_t)(atof(header(request, "HTTP_X_TEST_WAIT")) * 1e6));
	FCGX_FPrintF(request->out, "Status: %s\r\nContent-Type: text/plain\r\n",
		     *status != '\0' ? status : "200");
	say_directives(request);
	FCGX_PutS("\r\n", request->out);
	if (strcmp(header(request, "REQUEST_METHOD"), "POST") == 0)
		FCGX_PutStr(body, length, request->out);
	else
		show_session(request);
}

int main(int argc, char **argv)
{
	FCGX_Request request;
	int listener;

	if (argc != 2 || FCGX_Init() != 0 || (listener = FCGX_OpenSocket(argv[1], BACKLOG)) < 0) {
		fprintf(stderr, "use: page SOCKET\n");
		return EXIT_FAILURE;
	}
	FCGX_InitRequest(&request, listener, 0);
	while (FCGX_Accept_r(&request) == 0)
		answer(&request);
	return EXIT_SUCCESS;
}
