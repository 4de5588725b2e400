/* page.c - a test's application on libfcgi: does what the X-Test-* headers ask for and shows its SESSION_* params,
 * or how long a POST's body was and its SHA-256. page.php, page.pl, page.rb and page.cgi do the same.
 * With X-Test-Show it shows all its params, page.php and page.pl too.
 * Use  page SOCKET */
#include <fcgiapp.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BACKLOG = 256, PIECE_BYTES = 1 << 16 };

struct body {
	size_t length;
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned digest_length;
};

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

static void show_params(const FCGX_Request *request)
{
	bool all = *header(request, "HTTP_X_TEST_SHOW") != '\0';

	for (char **pair = request->envp; *pair != NULL; pair++) {
		if (all || strncmp(*pair, "SESSION_", 8) == 0)
			FCGX_FPrintF(request->out, "%s\n", *pair);
	}
}

static void read_body(const FCGX_Request *request, struct body *body)
{
	EVP_MD_CTX *hash = EVP_MD_CTX_new();
	char piece[PIECE_BYTES];
	int length;

	EVP_DigestInit_ex(hash, EVP_sha256(), NULL);
	while ((length = FCGX_GetStr(piece, sizeof(piece), request->in)) > 0) {
		EVP_DigestUpdate(hash, piece, (size_t)length);
		body->length += (size_t)length;
	}
	EVP_DigestFinal_ex(hash, body->digest, &body->digest_length);
	EVP_MD_CTX_free(hash);
}

static void show_body(const FCGX_Request *request, const struct body *body)
{
	FCGX_FPrintF(request->out, "%lu ", (unsigned long)body->length);
	for (unsigned i = 0; i < body->digest_length; i++)
		FCGX_FPrintF(request->out, "%02x", body->digest[i]);
	FCGX_PutS("\n", request->out);
}

/* X-Test-Bytes: as many. */
static void show_bytes(const FCGX_Request *request, long count)
{
	char piece[PIECE_BYTES];

	memset(piece, 'x', sizeof(piece));
	for (; count > 0; count -= PIECE_BYTES)
		FCGX_PutStr(piece, (int)(count < PIECE_BYTES ? count : PIECE_BYTES), request->out);
}

static void answer(const FCGX_Request *request)
{
	const char *status = header(request, "HTTP_X_TEST_STATUS");
	long bytes = strtol(header(request, "HTTP_X_TEST_BYTES"), NULL, 10);
	struct body body = { 0 };

	/* all of it before the first byte of the answer: nginx stops sending once it has seen a header */
	read_body(request, &body);
	usleep((useconds_t)(strtod(header(request, "HTTP_X_TEST_WAIT"), NULL) * 1e6));
	FCGX_FPrintF(request->out, "Status: %s\r\nContent-Type: text/plain\r\n",
		     *status != '\0' ? status : "200");
	say_directives(request);
	FCGX_PutS("\r\n", request->out);
	if (strcmp(header(request, "REQUEST_METHOD"), "POST") == 0)
		show_body(request, &body);
	else if (bytes > 0)
		show_bytes(request, bytes);
	else
		show_params(request);
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
