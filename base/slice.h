/* slice.h - a borrowed run of bytes.
 * Owner    never the slice: whoever made it says how long the bytes last.
 * Content  any bytes, NUL included; an empty slice may have any ptr.
 * Thread   any; nothing here holds state. */
#ifndef SG_SLICE_H
#define SG_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
	const char *ptr;
	size_t len;
};

/* A slice of a string literal. */
#define SLICE(literal) ((struct slice){ "" literal, sizeof(literal) - 1 })
/* The two printf arguments of a "%.*s". */
#define SLICE_ARGS(s) (int)(s).len, (s).ptr

static inline struct slice slice_of(const char *ptr, size_t len)
{
	return (struct slice){ ptr, len };
}

/* The bytes of a C string, without its NUL; NULL gives the empty slice. */
static inline struct slice slice_from(const char *text)
{
	return (struct slice){ text, text != NULL ? strlen(text) : 0 };
}

static inline bool slice_equal(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool slice_starts(struct slice s, struct slice prefix)
{
	return s.len >= prefix.len &&
	       (prefix.len == 0 || memcmp(s.ptr, prefix.ptr, prefix.len) == 0);
}

/* Bytewise, what is shorter before what begins with it: < 0, 0, > 0 as memcmp(). */
static inline int slice_compare(struct slice a, struct slice b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = len > 0 ? memcmp(a.ptr, b.ptr, len) : 0;

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

/* What is left of s after its first n bytes; n is at most s.len. */
static inline struct slice slice_after(struct slice s, size_t n)
{
	/* an empty slice may have no memory to count from */
	return (struct slice){ n > 0 ? s.ptr + n : s.ptr, s.len - n };
}

/* ASCII only, as the names of HTTP fields are compared (RFC 9110 section 5.1). */
static inline bool slice_equal_nocase(struct slice a, struct slice b);
static inline bool slice_starts_nocase(struct slice s, struct slice prefix);

/* Of len bytes each. */
bool slice_same_nocase(const char *a, const char *b, size_t len);

/* Most names that are compared differ in their length or in the first character: then nothing is called.
 * Letters' cases differ in the bit 0x20 alone; what else that makes alike is told apart behind it. */
static inline bool slice_starts_nocase(struct slice s, struct slice prefix)
{
	return s.len >= prefix.len &&
	       (prefix.len == 0 || (((s.ptr[0] ^ prefix.ptr[0]) & ~0x20) == 0 &&
				    slice_same_nocase(s.ptr, prefix.ptr, prefix.len)));
}

static inline bool slice_equal_nocase(struct slice a, struct slice b)
{
	return a.len == b.len && slice_starts_nocase(a, b);
}

/* Without the spaces and tabs at both ends (OWS of RFC 9110 section 5.6.3). */
struct slice slice_trim(struct slice s);

/* Cut s at the first c: *head gets what stands before it, s what follows. Without a c,
 * *head is all of s, s becomes empty and the answer is false. */
static inline bool slice_cut(struct slice *s, char c, struct slice *head);

/* A decimal number without sign, of the whole slice. False on anything else or beyond max;
 * *out is then untouched. */
bool slice_number(struct slice s, uint64_t max, uint64_t *out);

/* A token, as names of fields, cookies and methods are (RFC 9110 section 5.6.2). The empty slice is none. */
bool slice_is_token(struct slice s);

/* Control bytes are 0x00-0x1f and 0x7f. */
bool slice_has_control(struct slice s);

/* Well-formed UTF-8 (RFC 3629: no surrogates, nothing overlong, nothing above U+10FFFF). */
bool slice_is_utf8(struct slice s);
/* The bytes of the well-formed UTF-8 character at the front of s; 0 when there is none. */
size_t slice_utf8_char(struct slice s);

static inline bool slice_cut(struct slice *s, char c, struct slice *head)
{
	const char *at = s->len > 0 ? memchr(s->ptr, c, s->len) : NULL;

	if (at == NULL) {
		*head = *s;
		s->len = 0;
		return false;
	}
	*head = slice_of(s->ptr, (size_t)(at - s->ptr));
	*s = slice_after(*s, head->len + 1);
	return true;
}

#endif
