/* application.c - the application of the measured chain, on libfcgi: 1 KB of answer, and what its path asks for.
 * Use  application SOCKET PROCESSES
 *   /start   gives the session its eight attributes of 32 bytes
 *   /write   changes one of them in each request
 *   /show    one line for each attribute of the session, instead of the 1 KB
 * Any other path changes nothing. SIGTERM ends all processes. */
#include <fcgiapp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BACKLOG = 512, BODY_BYTES = 1024, ATTRIBUTES = 8 };

static const char *param(const FCGX_Request *request, const char *name)
{
	const char *value = FCGX_GetParam(name, request->envp);

	return value != NULL ? value : "";
}

/* Always 32 bytes, another one each time. */
static void set_attribute(const FCGX_Request *request, unsigned int which)
{
	static unsigned long count;

	FCGX_FPrintF(request->out, "X-Session-Set: attribute%u=%08u%024lu\r\n", which,
		     (unsigned int)getpid(), ++count);
}

static void show_session(const FCGX_Request *request)
{
	FCGX_PutS("Content-Type: text/plain\r\n\r\n", request->out);
	for (char **pair = request->envp; *pair != NULL; pair++) {
		if (strncmp(*pair, "SESSION_ATTR_", 13) == 0)
			FCGX_FPrintF(request->out, "%s\n", *pair);
	}
}

static void answer(const FCGX_Request *request)
{
	static char body[BODY_BYTES];
	const char *path = param(request, "SCRIPT_NAME");

	if (strcmp(path, "/show") == 0) {
		show_session(request);
		return;
	}
	FCGX_FPrintF(request->out, "Content-Type: text/plain\r\nContent-Length: %d\r\n",
		     (int)sizeof(body));
	if (strcmp(path, "/write") == 0)
		set_attribute(request, 3);
	for (unsigned int i = 0; strcmp(path, "/start") == 0 && i < ATTRIBUTES; i++)
		set_attribute(request, i);
	FCGX_PutS("\r\n", request->out);
	memset(body, 'x', sizeof(body));
	FCGX_PutStr(body, sizeof(body), request->out);
}

static int serve(int listener)
{
	FCGX_Request request;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (FCGX_Init() != 0 || FCGX_InitRequest(&request, listener, 0) != 0)
		return EXIT_FAILURE;
	while (FCGX_Accept_r(&request) == 0)
		answer(&request);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	int listener, processes;

	if (argc != 3 || (processes = atoi(argv[2])) < 1 ||
	    (listener = FCGX_OpenSocket(argv[1], BACKLOG)) < 0) {
		fprintf(stderr, "use: application SOCKET PROCESSES\n");
		return EXIT_FAILURE;
	}
	for (int i = 0; i < processes; i++) {
		if (fork() == 0)
			return serve(listener);
	}
	/* none of them ends by itself */
	wait(NULL);
	return EXIT_FAILURE;
}
