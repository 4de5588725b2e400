/* token.c - tests of session/token.c. */
#include "session/token.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define TEN "abcdefghij"
#define ID  "Aabcdefghijklmnopq-_"

Test(token, well_formed_or_not)
{
	static const struct {
		const char *name, *text;
		bool ok;
	} rows[] = {
		{ "52 characters", ID TEN TEN TEN "0_", true },
		{ "51", ID TEN TEN TEN "0", false },
		{ "53", ID TEN TEN TEN "0_x", false },
		{ "empty", "", false },
		{ "begins with -", "-" TEN TEN TEN TEN TEN "a", false },
		{ "begins with _", "_" TEN TEN TEN TEN TEN "a", true },
		{ "a plus", ID TEN TEN TEN "0+", false },
		{ "a blank", ID TEN TEN TEN "0 ", false },
		{ "padding", ID TEN TEN TEN "0=", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_expect_eq(token_well_formed(slice_from(rows[i].text)), rows[i].ok, "%s",
			     rows[i].name);
	cr_expect(token_id_well_formed(SLICE(ID)));
	cr_expect_not(token_id_well_formed(SLICE(ID "x")));
	cr_expect_not(token_id_well_formed(SLICE("-" TEN "123456789")));
	cr_expect_not(token_id_well_formed(slice_of("A\0aaaaaaaaaaaaaaaaaa", TOKEN_ID_CHARS)));
}

Test(token, new_ones_are_well_formed_and_differ)
{
	struct token before = { { 0 } };

	/* one in 64 would begin with -, and one in four have a _ */
	for (unsigned i = 0; i < 1000; i++) {
		struct token token;

		cr_assert_eq(token_new(&token), 0);
		cr_assert(token_well_formed(slice_from(token.text)), "%s", token.text);
		cr_assert_null(memchr(token.text, '_', TOKEN_ID_CHARS), "%s", token.text);
		cr_assert_str_neq(token.text, before.text);
		before = token;
	}
}

Test(token, renewal_keeps_the_id)
{
	struct token token, old;

	cr_assert_eq(token_new(&token), 0);
	old = token;
	cr_assert_eq(token_renew(&token), 0);
	cr_expect(slice_equal(token_id(&token), token_id(&old)));
	cr_expect_arr_neq(token.text + TOKEN_ID_CHARS, old.text + TOKEN_ID_CHARS,
			  TOKEN_SECRET_CHARS);
	cr_expect(token_well_formed(slice_from(token.text)));
}

/* By sha256sum. */
Test(token, hash_is_sha256_of_the_secret_alone)
{
	static const char expected[] =
		"3ba3f5f43b92602683c19aee62a20342b084dd5971ddd33808d81a328879a547";
	uint8_t hash[TOKEN_HASH_BYTES], again[TOKEN_HASH_BYTES];
	char hex[2 * TOKEN_HASH_BYTES + 1];
	struct token token;

	cr_assert(token_read(&token, SLICE(ID "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")));
	token_hash(&token, hash);
	for (size_t i = 0; i < sizeof(hash); i++)
		snprintf(hex + 2 * i, 3, "%02x", hash[i]);
	cr_expect_str_eq(hex, expected);
	token_hash(&token, again);
	cr_expect(token_hash_equal(hash, again));
	again[TOKEN_HASH_BYTES - 1] ^= 1;
	cr_expect_not(token_hash_equal(hash, again));
	token_wipe(&token);
	for (size_t i = 0; i < sizeof(token.text); i++)
		cr_expect_eq(token.text[i], 0);
}

Test(token, hashes_differ_in_each_byte)
{
	uint8_t a[TOKEN_HASH_BYTES] = { 1, 2, 3 }, b[TOKEN_HASH_BYTES];

	for (size_t i = 0; i < sizeof(a); i++) {
		memcpy(b, a, sizeof(b));
		cr_expect(token_hash_equal(a, b));
		b[i] ^= 0x80;
		cr_expect_not(token_hash_equal(a, b), "%zu", i);
	}
}
