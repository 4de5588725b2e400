/* visitor.c - the C half of the demonstration, on libfcgi: what index.php does, in the same session.
 * It links nothing of the gateway's: who the visitor is comes as params, changes go as headers.
 * Use  visitor /path/of/its.sock */
#include <ctype.h>
#include <fcgiapp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BACKLOG = 64, BODY_BYTES = 4096, FIELD_BYTES = 256 };

static const char note_form[] =
	"<form method=\"post\" action=\"/c/note\">"
	"<input name=\"note\" maxlength=\"80\" aria-label=\"note\" placeholder=\"a note\"> "
	"<button>Keep it</button></form>\n";
static const char login_form[] =
	"<form method=\"post\" action=\"/c/login\">"
	"<input name=\"user\" maxlength=\"80\" required aria-label=\"name\" "
	"placeholder=\"your name\"> <button>Log in</button></form>\n";
static const char logout_form[] =
	"<form method=\"post\" action=\"/c/logout\"><button>Log out</button></form>\n";

static const char *param(const FCGX_Request *request, const char *name, const char *otherwise)
{
	const char *value = FCGX_GetParam(name, request->envp);

	return value != NULL ? value : otherwise;
}

/* Text as HTML: a visitor's name may hold anything. */
static void put_text(FCGX_Stream *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (strchr("&<>\"'", *text) != NULL)
			FCGX_FPrintF(out, "&#%d;", *text);
		else
			FCGX_PutChar((unsigned char)*text, out);
	}
}

/* Text as a header's value: percent-encoded, so that no line break of the visitor's ends the header. */
static void put_encoded(FCGX_Stream *out, const char *text)
{
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (isalnum(c) || strchr("-._~", c) != NULL)
			FCGX_PutChar(c, out);
		else
			FCGX_FPrintF(out, "%%%02X", c);
	}
}

static int hex(char digit)
{
	const char *digits = "0123456789abcdef";
	const char *found = strchr(digits, tolower((unsigned char)digit));

	return found != NULL && digit != '\0' ? (int)(found - digits) : -1;
}

/* One byte of a form's value; *at moves behind it. */
static char form_byte(const char **at)
{
	const char *from = *at;

	if (from[0] == '%' && hex(from[1]) >= 0 && hex(from[2]) >= 0) {
		*at += 3;
		return (char)(hex(from[1]) << 4 | hex(from[2]));
	}
	*at += 1;
	return from[0] == '+' ? ' ' : from[0];
}

/* The value of a field of a form; empty when there is none. */
static void form_field(const char *form, const char *name, char value[FIELD_BYTES])
{
	size_t length = 0, name_bytes = strlen(name);

	while (form != NULL && !(strncmp(form, name, name_bytes) == 0 && form[name_bytes] == '=')) {
		form = strchr(form, '&');
		form = form != NULL ? form + 1 : NULL;
	}
	if (form != NULL) {
		form += name_bytes + 1;
		while (*form != '\0' && *form != '&' && length < FIELD_BYTES - 1)
			value[length++] = form_byte(&form);
	}
	value[length] = '\0';
}

static void put_directive(FCGX_Stream *out, const char *directive, const char *value)
{
	FCGX_PutS(directive, out);
	put_encoded(out, value);
	FCGX_PutS("\r\n", out);
}

static void handle_post(const FCGX_Request *request, const char *path)
{
	char form[BODY_BYTES + 1], user[FIELD_BYTES], note[FIELD_BYTES];

	form[FCGX_GetStr(form, BODY_BYTES, request->in)] = '\0';
	form_field(form, "user", user);
	form_field(form, "note", note);
	if (strcmp(path, "/c/login") == 0 && user[0] != '\0') /* a real one asks for a password */
		put_directive(request->out, "X-Session-Login: ", user);
	else if (strcmp(path, "/c/note") == 0)
		put_directive(request->out, "X-Session-Set: note=", note);
	else if (strcmp(path, "/c/logout") == 0)
		put_directive(request->out, "X-Session-Logout: ", "self");
	FCGX_PutS("Status: 303 See Other\r\nLocation: /c/\r\n\r\n", request->out);
}

static void put_greeting(const FCGX_Request *request, const char *user)
{
	FCGX_PutS("<h1>C ", request->out);
	FCGX_PutS(user != NULL ? "knows you as " : "does not know you", request->out);
	put_text(request->out, user != NULL ? user : "");
	FCGX_PutS("</h1>\n<p>Your session is: ", request->out);
	put_text(request->out, param(request, "SESSION_STATE", "off"));
	FCGX_PutS(". Your note: ", request->out);
	put_text(request->out, param(request, "SESSION_ATTR_note", "none"));
	FCGX_PutS("</p>\n", request->out);
}

static void show_page(const FCGX_Request *request)
{
	const char *user = param(request, "SESSION_USER", NULL);

	FCGX_PutS("Content-Type: text/html; charset=utf-8\r\n\r\n"
		  "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
		  "<title>sessiongate: C</title>\n<link rel=\"stylesheet\" href=\"/style.css\">\n"
		  "<main>\n<nav><a href=\"/php/\">PHP</a> <b>C</b></nav>\n",
		  request->out);
	put_greeting(request, user);
	FCGX_PutS(note_form, request->out);
	FCGX_PutS(user == NULL ? login_form : logout_form, request->out);
	FCGX_PutS("</main>\n</html>\n", request->out);
}

static void answer(const FCGX_Request *request)
{
	char path[FIELD_BYTES];

	snprintf(path, sizeof(path), "%s", param(request, "REQUEST_URI", ""));
	path[strcspn(path, "?")] = '\0';
	if (strcmp(param(request, "REQUEST_METHOD", ""), "POST") == 0)
		handle_post(request, path);
	else
		show_page(request);
}

int main(int argc, char **argv)
{
	FCGX_Request request;
	int listener;

	if (argc != 2 || FCGX_Init() != 0 || (listener = FCGX_OpenSocket(argv[1], BACKLOG)) < 0) {
		fprintf(stderr, "use: visitor SOCKET\n");
		return EXIT_FAILURE;
	}
	FCGX_InitRequest(&request, listener, 0);
	while (FCGX_Accept_r(&request) == 0)
		answer(&request);
	return EXIT_SUCCESS;
}
