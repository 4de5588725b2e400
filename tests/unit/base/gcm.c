/* gcm.c - tests of base/gcm.c: the vectors for keys of 256 bits of "The Galois/Counter Mode of Operation" (McGrew and
 * Viega, appendix B), both ways. */
#include "base/gcm.h"

#include "tests/unit/base/digits.h"

static const struct {
	const char *name, *key, *nonce, *data, *text, *ciphertext, *tag;
} rows[] = {
	{ "13, nothing", "0000000000000000000000000000000000000000000000000000000000000000",
	  "000000000000000000000000", "", "", "", "530f8afbc74536b9a963b4f1c4cb738b" },
	{ "14, zeros", "0000000000000000000000000000000000000000000000000000000000000000",
	  "000000000000000000000000", "", "00000000000000000000000000000000",
	  "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919" },
	{ "16, with data", "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
	  "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
	  "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525"
	  "b16aedf5aa0de657ba637b39",
	  "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838"
	  "c5f61e6393ba7a0abcc9f662",
	  "76fc6ece0f4e1768cddf8853bb2d551b" },
};

Test(gcm, is_that_of_the_specification)
{
	struct gcm gcm;

	cr_assert_eq(gcm_init(&gcm), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct digits nonce = digits_read(rows[i].nonce), data = digits_read(rows[i].data),
			      text = digits_read(rows[i].text),
			      ciphertext = digits_read(rows[i].ciphertext),
			      tag = digits_read(rows[i].tag);
		char out[DIGITS_BYTES];
		uint8_t made[GCM_TAG_BYTES];

		cr_assert_eq(gcm_key(&gcm, digits_read(rows[i].key).bytes), 0);
		cr_assert_eq(gcm_encrypt(&gcm, nonce.bytes, digits_slice(&data),
					 digits_slice(&text), out, made),
			     0);
		cr_expect_arr_eq(out, ciphertext.bytes, text.len, "%s", rows[i].name);
		cr_expect_arr_eq(made, tag.bytes, GCM_TAG_BYTES, "%s", rows[i].name);
		/* the other way with the same key, and back */
		cr_assert_eq(gcm_decrypt(&gcm, nonce.bytes, digits_slice(&data),
					 digits_slice(&ciphertext), tag.bytes, out),
			     0);
		cr_expect_arr_eq(out, text.bytes, text.len, "%s", rows[i].name);
		cr_assert_eq(gcm_encrypt(&gcm, nonce.bytes, digits_slice(&data),
					 digits_slice(&text), out, made),
			     0);
		cr_expect_arr_eq(made, tag.bytes, GCM_TAG_BYTES, "%s", rows[i].name);
	}
	gcm_fini(&gcm);
	gcm_fini(&gcm);
}

Test(gcm, leaves_nothing_of_what_does_not_fit)
{
	struct digits key = digits_read(rows[2].key), nonce = digits_read(rows[2].nonce),
		      data = digits_read(rows[2].data),
		      ciphertext = digits_read(rows[2].ciphertext), tag = digits_read(rows[2].tag);
	const char zeros[DIGITS_BYTES] = { 0 };
	char out[DIGITS_BYTES];
	struct gcm gcm;

	cr_assert_eq(gcm_init(&gcm), 0);
	cr_assert_eq(gcm_key(&gcm, key.bytes), 0);
	tag.bytes[GCM_TAG_BYTES - 1] ^= 1;
	memset(out, 'x', sizeof(out));
	cr_expect_eq(gcm_decrypt(&gcm, nonce.bytes, digits_slice(&data), digits_slice(&ciphertext),
				 tag.bytes, out),
		     SG_EFORMAT);
	cr_expect_arr_eq(out, zeros, ciphertext.len);
	tag.bytes[GCM_TAG_BYTES - 1] ^= 1;
	cr_expect_eq(gcm_decrypt(&gcm, nonce.bytes, SLICE("other"), digits_slice(&ciphertext),
				 tag.bytes, out),
		     SG_EFORMAT);
	cr_expect_eq(gcm_decrypt(&gcm, nonce.bytes, digits_slice(&data), digits_slice(&ciphertext),
				 tag.bytes, out),
		     0);
	gcm_fini(&gcm);
}
