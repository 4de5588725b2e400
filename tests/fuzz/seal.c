/* seal.c - values that a store gives back, and may have made up.
 * Input: two bytes for the bit that is changed; the attribute's name, up to a NUL; what is stored. */
#include "backends/seal.h"

#include "session/value.h"
#include "tests/fuzz/claim.h"
#include "tests/fuzz/effort.h"
#include "tests/fuzz/input.h"

#include <stdlib.h>

enum { EFFORT_MS = 1000 };

static struct seal_keys keys;
static struct seal *ours;

/* The seed "sealed-once": the attribute cart of this session. Nobody who does not have the key makes another. */
static const struct slice session = { "abcdefghijklmnopqrst", 20 };
static const char sealed_once[] = "\x01\x2f\x44\x18\x0a\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09"
				  "\x0a\x0b\xc9\x83\x91\xc9\x92\x88\x3e\x53\x34\x57\x77\xef\xfd\x2a"
				  "\x4f\xf5\x2a\xf7\x36\x05\x67";

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const struct slice texts[] = { SLICE("ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="),
				       SLICE("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=") };

	(void)argc;
	(void)argv;
	CLAIM(seal_keys_init(&keys, texts, 2) == 0);
	CLAIM(seal_new(&keys, &ours) == 0);
	seal_begin(ours, session);
	return 0;
}

/* *out, which is the caller's to free(), has exactly the bytes that were promised. */
static int decrypt(struct slice name, struct slice stored, struct slice *out)
{
	char *text = malloc(seal_decrypted_bytes(stored));
	int rc = seal_decrypt(ours, name, stored, text);

	*out = slice_of(text, seal_decrypted_bytes(stored));
	CLAIM(rc == 0 || rc == SG_EFORMAT);
	CLAIM(rc == 0 || seal_complaint(ours)[0] != '\0');
	return rc;
}

static bool is_json(struct slice text)
{
	struct slice rest = text, value;

	return value_scan(&rest, &value) == 0 && value.len == text.len;
}

static void expect_foreign(struct slice name, struct slice stored)
{
	const struct slice known = { sealed_once, sizeof(sealed_once) - 1 };
	bool sealed = slice_equal(name, SLICE("cart")) && slice_equal(stored, known);
	struct slice out;
	int rc = decrypt(name, stored, &out);

	CLAIM((rc == 0) == (sealed || is_json(stored)));
	if (rc == 0)
		CLAIM(slice_equal(out, sealed ? SLICE("[1,2]") : stored));
	free((char *)out.ptr);
}

/* The bytes as a value of our own: it comes back, unless a bit of it is another. */
static void expect_own(struct slice name, struct slice value, size_t bit)
{
	struct slice stored = { malloc(value.len + SEAL_OVERHEAD), value.len + SEAL_OVERHEAD }, out;

	CLAIM(seal_encrypt(ours, name, value, (char *)stored.ptr) == 0);
	CLAIM(decrypt(name, stored, &out) == 0);
	CLAIM(slice_equal(out, value));
	free((char *)out.ptr);
	((char *)stored.ptr)[bit / 8 % stored.len] ^= (char)(1 << bit % 8);
	CLAIM(decrypt(name, stored, &out) == SG_EFORMAT);
	free((char *)out.ptr);
	free((char *)stored.ptr);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = slice_of((const char *)data, size), name, stored;
	size_t bit = input_number(&in);
	struct effort effort = effort_begin();

	name = input_line(&in, '\0');
	stored = slice_of(input_copy(in), in.len);
	expect_foreign(name, stored);
	expect_own(name, stored, bit);
	free((char *)stored.ptr);
	effort_end(&effort, EFFORT_MS);
	return 0;
}
