/* hkdf.c - tests of base/hkdf.c: the vectors of RFC 5869, appendix A, as far as one step goes. */
#include "base/hkdf.h"

#include "tests/unit/base/digits.h"

static const struct {
	const char *name, *key, *salt, *info, *prk, *out;
} rows[] = {
	{ "A.1, basic", "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
	  "000102030405060708090a0b0c", "f0f1f2f3f4f5f6f7f8f9",
	  "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
	  "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf" },
	{ "A.2, longer than a block",
	  "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f"
	  "303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f",
	  "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f"
	  "909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
	  "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf"
	  "e0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
	  "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
	  "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c" },
	{ "A.3, neither salt nor info", "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "",
	  "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
	  "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d" },
};

Test(hkdf, is_that_of_rfc_5869)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct digits key = digits_read(rows[i].key), salt = digits_read(rows[i].salt),
			      info = digits_read(rows[i].info);
		uint8_t prk[HKDF_BYTES], out[HKDF_BYTES];
		struct hkdf hkdf;

		cr_assert_eq(hkdf_extract(digits_slice(&salt), digits_slice(&key), prk), 0);
		cr_expect_arr_eq(prk, digits_read(rows[i].prk).bytes, HKDF_BYTES, "%s",
				 rows[i].name);
		cr_assert_eq(hkdf_init(&hkdf, prk), 0);
		/* as often as it is asked */
		for (unsigned times = 0; times < 3; times++) {
			cr_assert_eq(hkdf_expand(&hkdf, digits_slice(&info), out), 0);
			cr_expect_arr_eq(out, digits_read(rows[i].out).bytes, HKDF_BYTES, "%s",
					 rows[i].name);
		}
		hkdf_fini(&hkdf);
		hkdf_fini(&hkdf);
	}
}
