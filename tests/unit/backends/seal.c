/* seal.c - tests of backends/seal.c. */
#include "backends/seal.h"

#include "tests/unit/base/digits.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static const struct slice one = { "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", 44 };
static const struct slice two = { "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=", 44 };
static const struct slice session = { "abcdefghijklmnopqrst", 20 };

/* The value [1,2] of the attribute cart of that session, by the key one: made by another implementation (Python's
 * hmac and cryptography), with a nonce that counts. What was stored once is read for ever. */
static const char sealed_once[] =
	"012f44180a000102030405060708090a0bc98391c992883e53345777effd2a4ff52af7360567";

struct scene {
	struct seal_keys keys;
	struct seal *seal;
};

/* second: may be empty. */
static void scene_init(struct scene *s, struct slice first, struct slice second)
{
	const struct slice texts[] = { first, second };

	cr_assert_eq(seal_keys_init(&s->keys, texts, second.len > 0 ? 2 : 1), 0);
	cr_assert_eq(seal_new(&s->keys, &s->seal), 0);
	seal_begin(s->seal, session);
}

static void scene_fini(struct scene *s)
{
	seal_free(&s->seal);
	cr_expect_null(s->seal);
	seal_keys_fini(&s->keys);
}

/* Refused, with these words. */
static void expect_refused(struct scene *s, struct slice name, struct slice stored,
			   const char *complaint)
{
	char *out = malloc(seal_decrypted_bytes(stored) + 1);

	cr_assert_not_null(out);
	cr_expect_eq(seal_decrypt(s->seal, name, stored, out), SG_EFORMAT, "%s", complaint);
	cr_expect_str_eq(seal_complaint(s->seal), complaint);
	free(out);
}

Test(seal, reads_what_was_sealed_once)
{
	struct scene s;
	struct digits stored = digits_read(sealed_once);
	char out[8];

	scene_init(&s, one, SLICE(""));
	cr_assert_eq(seal_decrypted_bytes(digits_slice(&stored)), 5);
	cr_assert_eq(seal_decrypt(s.seal, SLICE("cart"), digits_slice(&stored), out), 0);
	cr_expect_arr_eq(out, "[1,2]", 5);
	scene_fini(&s);
}

Test(seal, of_any_length_it_is_so_much_longer)
{
	static const size_t lengths[] = { 0, 1, 15, 16, 17, 4096, 524288 };
	struct scene s;
	char *value = calloc(1, 524288), *stored = malloc(524288 + SEAL_OVERHEAD),
	     *out = malloc(524288);

	scene_init(&s, one, SLICE(""));
	for (size_t i = 0; i < COUNT(lengths); i++) {
		struct slice plain = { value, lengths[i] };
		struct slice there = { stored, lengths[i] + SEAL_OVERHEAD };

		cr_assert_eq(seal_encrypt(s.seal, SLICE("a"), plain, stored), 0);
		cr_expect_eq(seal_decrypted_bytes(there), plain.len);
		cr_assert_eq(seal_decrypt(s.seal, SLICE("a"), there, out), 0);
		cr_expect(slice_equal(slice_of(out, plain.len), plain), "%zu", plain.len);
	}
	free(value);
	free(stored);
	free(out);
	scene_fini(&s);
}

Test(seal, is_another_each_time)
{
	struct scene s;
	char a[SEAL_OVERHEAD + 4], b[SEAL_OVERHEAD + 4];

	scene_init(&s, one, SLICE(""));
	cr_assert_eq(seal_encrypt(s.seal, SLICE("a"), SLICE("true"), a), 0);
	cr_assert_eq(seal_encrypt(s.seal, SLICE("a"), SLICE("true"), b), 0);
	cr_expect_arr_eq(a, b, 1 + SEAL_KEY_ID_BYTES);
	cr_expect_arr_neq(a + 5, b + 5, GCM_NONCE_BYTES);
	cr_expect_arr_neq(a + 5 + GCM_NONCE_BYTES, b + 5 + GCM_NONCE_BYTES, 4);
	scene_fini(&s);
}

Test(seal, no_bit_of_it_can_be_changed)
{
	struct scene s;
	struct digits stored = digits_read(sealed_once);

	scene_init(&s, one, SLICE(""));
	for (size_t bit = 0; bit < 8 * stored.len; bit++) {
		char out[DIGITS_BYTES];

		stored.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		cr_expect_eq(seal_decrypt(s.seal, SLICE("cart"), digits_slice(&stored), out),
			     SG_EFORMAT, "bit %zu", bit);
		stored.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t len = 0; len < stored.len; len++) {
		struct slice shorter = { (const char *)stored.bytes, len };
		char *out = malloc(seal_decrypted_bytes(shorter) + 1);

		cr_expect_eq(seal_decrypt(s.seal, SLICE("cart"), shorter, out), SG_EFORMAT,
			     "%zu bytes", len);
		free(out);
	}
	scene_fini(&s);
}

Test(seal, belongs_to_its_name_session_and_key)
{
	static const char changed[] = "the bytes are not those that were sealed here";
	struct digits stored = digits_read(sealed_once);
	struct scene s, other;

	scene_init(&s, one, SLICE(""));
	scene_init(&other, two, SLICE(""));
	expect_refused(&s, SLICE("cars"), digits_slice(&stored), changed);
	expect_refused(&s, SLICE(""), digits_slice(&stored), changed);
	expect_refused(&other, SLICE("cart"), digits_slice(&stored), "there is no key 2f44180a");
	seal_begin(s.seal, SLICE("abcdefghijklmnopqrsT"));
	expect_refused(&s, SLICE("cart"), digits_slice(&stored), changed);
	scene_fini(&s);
	scene_fini(&other);
}

Test(seal, of_several_keys_the_first_encrypts_and_all_decrypt)
{
	struct scene s;
	struct digits stored = digits_read(sealed_once);
	char out[8], made[SEAL_OVERHEAD + 4];

	scene_init(&s, two, one);
	/* to and fro within one session */
	for (unsigned times = 0; times < 2; times++) {
		cr_assert_eq(seal_decrypt(s.seal, SLICE("cart"), digits_slice(&stored), out), 0);
		cr_expect_arr_eq(out, "[1,2]", 5);
		cr_assert_eq(seal_encrypt(s.seal, SLICE("a"), SLICE("true"), made), 0);
		cr_expect_arr_eq(made + 1, s.keys.keys[0].id, SEAL_KEY_ID_BYTES);
		cr_expect_arr_neq(made + 1, s.keys.keys[1].id, SEAL_KEY_ID_BYTES);
		cr_assert_eq(seal_decrypt(s.seal, SLICE("a"), slice_of(made, sizeof(made)), out),
			     0);
		cr_expect_arr_eq(out, "true", 4);
	}
	scene_fini(&s);
}

/* Their ids are short: it may happen. */
Test(seal, keys_whose_ids_are_alike_are_told_apart)
{
	struct scene s;
	struct digits stored = digits_read(sealed_once);
	char out[8];

	scene_init(&s, two, one);
	memcpy(s.keys.keys[0].id, s.keys.keys[1].id, SEAL_KEY_ID_BYTES);
	cr_assert_eq(seal_decrypt(s.seal, SLICE("cart"), digits_slice(&stored), out), 0);
	cr_expect_arr_eq(out, "[1,2]", 5);
	scene_fini(&s);
}

Test(seal, gives_what_was_stored_before_there_was_a_key)
{
	static const struct slice plain[] = { SLICE("1"), SLICE("\"AQ\""),
					      SLICE("{\"a\":[null]}") };
	static const struct slice foreign[] = { SLICE("x"),    SLICE("1 "),    SLICE(" 1"),
						SLICE("\n1"),  SLICE("{"),     SLICE("\"\xff\""),
						SLICE("\2\3"), SLICE("1\0001") };
	struct scene s;
	char out[32];

	scene_init(&s, one, SLICE(""));
	for (size_t i = 0; i < COUNT(plain); i++) {
		cr_assert_eq(seal_decrypted_bytes(plain[i]), plain[i].len);
		cr_assert_eq(seal_decrypt(s.seal, SLICE("a"), plain[i], out), 0);
		cr_expect(slice_equal(slice_of(out, plain[i].len), plain[i]));
	}
	for (size_t i = 0; i < COUNT(foreign); i++)
		expect_refused(&s, SLICE("a"), foreign[i], "neither sealed nor JSON");
	expect_refused(&s, SLICE("a"), SLICE(""), "neither sealed nor JSON");
	expect_refused(&s, SLICE("a"), SLICE("\1too short"), "the bytes end early");
	scene_fini(&s);
}

Test(seal, keys_are_base64_of_32_bytes_and_nothing_else)
{
	static const char long_or_short[] =
		"expected the base64 of 32 bytes, which has 44 characters; openssl rand -base64 32 prints one";
	static const char other[] =
		"not the base64 of 32 bytes: A-Z, a-z, 0-9, + and /, and one = at the end";
	static const struct {
		const char *text, *complaint;
	} rows[] = {
		{ "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", NULL },
		{ "++++////++++////++++////++++////++++////+88=", NULL },
		{ "", long_or_short },
		{ "AAECAwQFBgcICQoLDA0ODw==", long_or_short },
		{ "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", long_or_short },
		{ "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n", long_or_short },
		{ "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
		  long_or_short },
		{ "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=", other }, /* the same bytes */
		{ "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8f", other }, /* 33 bytes */
		{ "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==", other }, /* 31 */
		{ "----____----____----____----____----____-88=", other },
		{ " AECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", other },
		{ "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh=8", other },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct slice text = slice_from(rows[i].text);
		const char *complaint = seal_key_complaint(text);
		struct seal_keys keys;

		cr_expect_eq(complaint != NULL, rows[i].complaint != NULL, "%s", rows[i].text);
		if (rows[i].complaint != NULL && complaint != NULL)
			cr_expect_str_eq(complaint, rows[i].complaint, "%s: %s", rows[i].text,
					 complaint);
		cr_expect_eq(seal_keys_init(&keys, &text, 1), complaint != NULL ? SG_EFORMAT : 0);
		if (complaint == NULL)
			seal_keys_fini(&keys);
	}
}
