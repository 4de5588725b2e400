/* remote.c - see remote.h. */
#include "cli/remote.h"

#include "base/url.h"
#include "base/version.h"
#include "cli/credential.h"
#include "cli/screen.h"
#include "cli/vital.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>

enum {
	REMOTE_CONNECT_MS = 10000,
	REMOTE_ANSWER_MS = 90000, /* a dry run may take 30 s, and wait for its turn */
	REMOTE_SILENCE_S = 45,
};

struct remote {
	CURL *curl;
	const struct arguments *arguments;
	const char *socket;  /* its path; NULL: TCP */
	struct buffer base;  /* what targets are appended to, with a NUL */
	struct buffer field; /* "Authorization: Bearer …", with a NUL; empty: none */
	char error[CURL_ERROR_SIZE];
};

/* --- where to --- */

static bool remote_is_local(struct slice host)
{
	return slice_starts(host, SLICE("127.")) || slice_starts(host, SLICE("localhost")) ||
	       slice_starts(host, SLICE("[::1]"));
}

static enum outcome remote_refuse_url(const char *url)
{
	screen_complain("-u %s: say unix:/path, http://host:port or https://host:port", url);
	return OUTCOME_USAGE;
}

static enum outcome remote_find(struct remote *r)
{
	const char *text = r->arguments->url;
	struct url url;
	bool tls;

	if (slice_starts(slice_from(text), SLICE("unix:"))) {
		r->socket = text + strlen("unix:");
		vital(buffer_append(&r->base, "http://localhost", sizeof("http://localhost")));
		return r->socket[0] != '\0' ? OUTCOME_OK : remote_refuse_url(text);
	}
	if (url_split(slice_from(text), &url) != 0)
		return remote_refuse_url(text);
	tls = slice_equal(url.scheme, SLICE("https"));
	if ((!tls && !slice_equal(url.scheme, SLICE("http"))) || url.hosts.len == 0 ||
	    url.path.len > 1 || url.query.len > 0)
		return remote_refuse_url(text);
	if (url.user.len > 0 || url.has_password) {
		screen_complain("-u: a URL has no place for credentials: use SESSIONCTL_TOKEN or "
				"--token-file");
		return OUTCOME_USAGE;
	}
	if (!tls && buffer_len(&r->field) > 0 && !remote_is_local(url.hosts))
		screen_complain("warning: the token goes to %.*s in clear: use https://",
				SLICE_ARGS(url.hosts));
	vital(buffer_printf(&r->base, "%.*s://%.*s", SLICE_ARGS(url.scheme),
			    SLICE_ARGS(url.hosts)));
	vital(buffer_append(&r->base, "", 1));
	return OUTCOME_OK;
}

static enum outcome remote_authorize(struct remote *r)
{
	struct buffer token = { 0 };
	int rc = credential_read(&token, r->arguments->token_file);

	if (rc == 0 && buffer_len(&token) > 0) {
		vital(buffer_printf(&r->field, "Authorization: Bearer %.*s",
				    SLICE_ARGS(buffer_content(&token))));
		vital(buffer_append(&r->field, "", 1));
	}
	buffer_wipe(&token);
	return rc == 0 ? OUTCOME_OK : OUTCOME_USAGE;
}

enum outcome remote_open(const struct arguments *a, struct remote **out)
{
	struct remote *r = vital_memory(calloc(1, sizeof(*r)));
	enum outcome outcome;

	r->arguments = a;
	outcome = remote_authorize(r);
	if (outcome == OUTCOME_OK)
		outcome = remote_find(r);
	if (outcome == OUTCOME_OK) {
		vital(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? 0 : SG_ENOMEM);
		r->curl = vital_memory(curl_easy_init());
		*out = r;
	} else {
		remote_close(&r);
	}
	return outcome;
}

void remote_close(struct remote **remote)
{
	struct remote *r = *remote;

	if (r == NULL)
		return;
	if (r->curl != NULL) {
		curl_easy_cleanup(r->curl);
		curl_global_cleanup();
	}
	buffer_fini(&r->base);
	buffer_wipe(&r->field);
	free(r);
	*remote = NULL;
}

const char *remote_url(const struct remote *r)
{
	return r->arguments->url;
}

/* --- a call --- */

static void remote_append(struct curl_slist **fields, const char *field)
{
	*fields = vital_memory(curl_slist_append(*fields, field));
}

static void remote_append_named(struct curl_slist **fields, const char *name, const char *value)
{
	struct buffer field = { 0 };

	vital(buffer_printf(&field, "%s: %s", name, value));
	vital(buffer_append(&field, "", 1));
	remote_append(fields, buffer_content(&field).ptr);
	buffer_fini(&field);
}

static struct curl_slist *remote_fields(const struct remote *r, const struct remote_request *q)
{
	struct curl_slist *fields = NULL;

	remote_append_named(&fields, "Accept", q->accept != NULL ? q->accept : "application/json");
	remote_append(&fields, "Expect:"); /* no round more for a large body */
	if (buffer_len(&r->field) > 0)
		remote_append(&fields, buffer_content(&r->field).ptr);
	if (q->body != NULL)
		remote_append_named(&fields, "Content-Type", q->type);
	if (q->if_match != NULL)
		remote_append_named(&fields, "If-Match", q->if_match);
	if (q->last_event_id != NULL)
		remote_append_named(&fields, "Last-Event-ID", q->last_event_id);
	return fields;
}

/* One call, and where its answer goes. */
struct exchange {
	struct remote *remote;
	const struct remote_request *request;
	struct reply *reply;
	bool strange; /* it is no stream that is answered without an end */
};

static bool remote_is_accepted(const struct exchange *x)
{
	char *type = NULL;
	struct slice all, name;

	curl_easy_getinfo(x->remote->curl, CURLINFO_CONTENT_TYPE, &type);
	if (type == NULL)
		return false;
	all = slice_from(type);
	slice_cut(&all, ';', &name);
	return slice_equal_nocase(slice_trim(name), slice_from(x->request->accept));
}

static size_t remote_on_bytes(char *bytes, size_t size, size_t count, void *ctx)
{
	struct exchange *x = ctx;
	long status = 0;

	curl_easy_getinfo(x->remote->curl, CURLINFO_RESPONSE_CODE, &status);
	if (x->request->on_bytes != NULL && status == 200 && !remote_is_accepted(x)) {
		x->strange = true;
		return 0;
	}
	if (x->request->on_bytes != NULL && status == 200)
		return x->request->on_bytes(x->request->ctx, slice_of(bytes, size * count))
			       ? size * count
			       : 0;
	vital(buffer_append(&x->reply->body, bytes, size * count));
	return size * count;
}

static size_t remote_on_field(char *bytes, size_t size, size_t count, void *ctx)
{
	struct slice field = slice_of(bytes, size * count), name;
	struct reply *reply = ctx;

	if (slice_cut(&field, ':', &name) && slice_equal_nocase(name, SLICE("WWW-Authenticate"))) {
		buffer_truncate(&reply->challenge, 0);
		vital(buffer_append_slice(&reply->challenge, slice_trim(field)));
	}
	return size * count;
}

/* An option of libcurl that it may not know, or have no memory for. */
#define REMOTE_SET(r, option, value) \
	vital(curl_easy_setopt((r)->curl, option, value) == CURLE_OK ? 0 : SG_ENOMEM)

static void remote_set_tls(struct remote *r)
{
	const struct arguments *a = r->arguments;

	if (a->ca != NULL)
		REMOTE_SET(r, CURLOPT_CAINFO, a->ca);
	if (a->certificate != NULL)
		REMOTE_SET(r, CURLOPT_SSLCERT, a->certificate);
	if (a->certificate != NULL)
		REMOTE_SET(r, CURLOPT_SSLKEY, a->key != NULL ? a->key : a->certificate);
}

/* Who says nothing for so long is gone: the API says something every 15 s. */
static void remote_set_patience(struct remote *r, bool endless)
{
	REMOTE_SET(r, CURLOPT_CONNECTTIMEOUT_MS, (long)REMOTE_CONNECT_MS);
	if (endless) {
		REMOTE_SET(r, CURLOPT_LOW_SPEED_LIMIT, 1L);
		REMOTE_SET(r, CURLOPT_LOW_SPEED_TIME, (long)REMOTE_SILENCE_S);
	} else {
		REMOTE_SET(r, CURLOPT_TIMEOUT_MS, (long)REMOTE_ANSWER_MS);
	}
}

static void remote_set(struct remote *r, const struct remote_request *q, struct exchange *x)
{
	struct buffer url = { 0 };

	curl_easy_reset(r->curl);
	vital(buffer_printf(&url, "%s%s", buffer_content(&r->base).ptr, q->target));
	vital(buffer_append(&url, "", 1));
	REMOTE_SET(r, CURLOPT_URL, buffer_content(&url).ptr);
	buffer_fini(&url);
	if (r->socket != NULL)
		REMOTE_SET(r, CURLOPT_UNIX_SOCKET_PATH, r->socket);
	/* somebody may be called ".." */
	REMOTE_SET(r, CURLOPT_PATH_AS_IS, 1L);
	/* a proxy of the environment's would see the token, and the API is near */
	REMOTE_SET(r, CURLOPT_PROXY, "");
	REMOTE_SET(r, CURLOPT_NOSIGNAL, 1L);
	REMOTE_SET(r, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	REMOTE_SET(r, CURLOPT_USERAGENT, "sessionctl/" SG_VERSION);
	remote_set_patience(r, q->on_bytes != NULL);
	REMOTE_SET(r, CURLOPT_ERRORBUFFER, r->error);
	REMOTE_SET(r, CURLOPT_WRITEFUNCTION, remote_on_bytes);
	REMOTE_SET(r, CURLOPT_WRITEDATA, x);
	REMOTE_SET(r, CURLOPT_HEADERFUNCTION, remote_on_field);
	REMOTE_SET(r, CURLOPT_HEADERDATA, x->reply);
	remote_set_tls(r);
	if (q->body != NULL)
		REMOTE_SET(r, CURLOPT_POSTFIELDS, q->body);
	if (strcmp(q->method, "GET") != 0)
		REMOTE_SET(r, CURLOPT_CUSTOMREQUEST, q->method);
}

static enum outcome remote_fail(struct remote *r, CURLcode code)
{
	const char *why = r->error[0] != '\0' ? r->error : curl_easy_strerror(code);
	long number = 0;

	curl_easy_getinfo(r->curl, CURLINFO_OS_ERRNO, &number);
	if (code == CURLE_COULDNT_CONNECT && r->socket != NULL && number != 0)
		why = strerror((int)number);
	screen_complain("%s: %s", r->arguments->url, why);
	if (number == EACCES || number == EPERM)
		return OUTCOME_REFUSED;
	if (code == CURLE_URL_MALFORMAT)
		return OUTCOME_USAGE;
	return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE ||
			       code == CURLE_SSL_CERTPROBLEM
		       ? OUTCOME_ERROR
		       : OUTCOME_UNAVAILABLE;
}

enum outcome remote_call(struct remote *r, const struct remote_request *q, struct reply *reply)
{
	struct curl_slist *fields = remote_fields(r, q);
	struct exchange x = { r, q, reply, false };
	CURLcode code;
	long status = 0;

	*reply = (struct reply){ .status = 0 };
	r->error[0] = '\0';
	remote_set(r, q, &x);
	REMOTE_SET(r, CURLOPT_HTTPHEADER, fields);
	code = curl_easy_perform(r->curl);
	curl_slist_free_all(fields);
	if (x.strange) {
		screen_complain("what came is no %s: is this a gateway's admin API?", q->accept);
		return OUTCOME_ERROR;
	}
	if (code != CURLE_OK)
		return remote_fail(r, code);
	curl_easy_getinfo(r->curl, CURLINFO_RESPONSE_CODE, &status);
	reply->status = (unsigned)status;
	return OUTCOME_OK;
}

void reply_fini(struct reply *reply)
{
	buffer_wipe(&reply->body); /* attributes' values */
	buffer_fini(&reply->challenge);
}
