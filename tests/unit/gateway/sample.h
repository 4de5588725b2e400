/* sample.h - what the gateway's unit tests start from: a small configuration of two realms, and params
 * as text, "NAME=value|NAME=value".
 * Owner    sample_init(), sample_fini(); all that is made from it goes with it. */
#ifndef SG_TESTS_SAMPLE_H
#define SG_TESTS_SAMPLE_H

#include "gateway/params.h"

/* 52 characters each. */
#define TOKEN_A "AAAAAAAAAAAAAAAAAAAAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define TOKEN_B "BBBBBBBBBBBBBBBBBBBBbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define TOKEN_C "CCCCCCCCCCCCCCCCCCCCcccccccccccccccccccccccccccccccc"

#define ROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

struct sample {
	struct arena arena;
	struct config config;
	struct config_realm realms[2]; /* "default", and "bearer", whose header is Authorization */
	struct config_route route;     /* of the realm "default" */
	struct slice cookie_names[3];
	struct slice token_params[1];
	struct slice drop_params[1]; /* X_DROPPED */
	struct network trusted[1];   /* 127.0.0.0/8 */
};

void sample_init(struct sample *s);
void sample_fini(struct sample *s);

/* The pair bytes of params in text. */
struct slice sample_pairs(struct sample *s, const char *text);
/* The params of text, which params_read() must take. */
struct params sample_params(struct sample *s, const char *text);
/* Params as text again. */
const char *sample_text(struct sample *s, const struct params *p);

/* Every prefix of bytes, and bytes with each byte in turn replaced by each of those that parsers trip
 * over; each in memory of exactly its size, so that a sanitizer sees a read too far. */
typedef void sample_try_fn(void *ctx, struct slice bytes);
void sample_mutate(struct slice bytes, sample_try_fn *try_one, void *ctx);

#endif
