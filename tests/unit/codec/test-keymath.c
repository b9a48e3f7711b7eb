/* SPDX-License-Identifier: Apache-2.0 */
/* The arithmetic on key numbers against libcrypto's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

#include "base/macros.h"
#include "codec/keymath.h"

enum { BYTES_MAX = KEYMATH_RSA_BITS_MAX / 8 };

static struct slice bytes_of(const BIGNUM *n, unsigned char bytes[static BYTES_MAX])
{
	return (struct slice){ (const char *)bytes, (size_t)BN_bn2bin(n, bytes) };
}

/* By division, one prime after another. */
static unsigned slow_factor(const BIGNUM *n)
{
	for (unsigned p = 3; p < 1000; p += 2) {
		bool is_prime = true;

		for (unsigned d = 3; d * d <= p; d += 2)
			is_prime = is_prime && p % d != 0;
		if (is_prime && BN_mod_word(n, p) == 0)
			return p;
	}
	return 0;
}

static void test_small_factor_is_libcryptos(unused_arg void **state)
{
	static const int bits[] = {
		1, 2, 31, 33, 63, 64, 65, 127, 129, 1024, 2048, 16384
	};
	unsigned char bytes[BYTES_MAX];
	unsigned without = 0;
	BIGNUM *n = BN_new();

	for (size_t i = 0; i < ARRAY_LEN(bits); i++) {
		for (unsigned round = 0; round < 200; round++) {
			unsigned expected;

			assert_int_equal(BN_rand(n, bits[i], 0, round % 2), 1);
			expected = slow_factor(n);
			without += expected == 0;
			assert_int_equal(keymath_small_factor(bytes_of(n, bytes)),
					 expected);
		}
	}
	assert_true(without > 100);
	BN_free(n);
}

/* A sound modulus times each prime: none of the 167 is forgotten. */
static void test_each_prime_is_found(unused_arg void **state)
{
	unsigned char bytes[BYTES_MAX];
	BIGNUM *prime = BN_new(), *n = BN_new();
	unsigned count = 0;

	assert_int_equal(BN_generate_prime_ex(prime, 256, 0, NULL, NULL, NULL), 1);
	assert_int_equal(keymath_small_factor(bytes_of(prime, bytes)), 0);
	for (unsigned p = 3; p < 1000; p += 2) {
		assert_non_null(BN_copy(n, prime));
		assert_int_equal(BN_mul_word(n, p), 1);
		assert_int_equal(keymath_small_factor(bytes_of(n, bytes)),
				 slow_factor(n));
		count += slow_factor(n) == p;
	}
	assert_int_equal(count, 167);
	BN_free(prime);
	BN_free(n);
}

/* As the faulty generator did: a power of 65537 modulo the product of the primes, plus a
 * multiple. */
static void test_roca(unused_arg void **state)
{
	unsigned char bytes[BYTES_MAX];
	BIGNUM *product = BN_new(), *n = BN_new(), *base = BN_new(), *power = BN_new();
	BN_CTX *ctx = BN_CTX_new();

	assert_int_equal(BN_set_word(product, 1), 1);
	for (unsigned p = 3; p <= 167; p += 2) {
		assert_int_equal(BN_set_word(n, p), 1);
		if (BN_check_prime(n, ctx, NULL) == 1)
			assert_int_equal(BN_mul_word(product, p), 1);
	}
	for (unsigned round = 0; round < 20; round++) {
		assert_int_equal(BN_set_word(base, 65537), 1);
		assert_int_equal(BN_rand(power, 100, 0, 0), 1);
		assert_int_equal(BN_mod_exp(base, base, power, product, ctx), 1);
		assert_int_equal(BN_rand(n, 1800, 0, 0), 1);
		assert_int_equal(BN_mul(n, n, product, ctx), 1);
		assert_int_equal(BN_add(n, n, base), 1);
		assert_true(keymath_is_roca(bytes_of(n, bytes)));
		assert_int_equal(BN_add_word(n, 2), 1);
		assert_false(keymath_is_roca(bytes_of(n, bytes)));
		assert_int_equal(BN_rand(n, 2048, 0, 1), 1);
		assert_false(keymath_is_roca(bytes_of(n, bytes)));
	}
	BN_CTX_free(ctx);
	BN_free(product);
	BN_free(n);
	BN_free(base);
	BN_free(power);
}

static void check_curve(unsigned bits, int nid)
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(nid);
	EC_POINT *point = EC_POINT_new(group);
	BIGNUM *k = BN_new();
	size_t len = (bits + 7) / 8;
	unsigned char bytes[133];
	struct slice s = { (const char *)bytes, 1 + 2 * len };

	for (unsigned round = 0; round < 50; round++) {
		assert_int_equal(BN_rand(k, (int)bits - 1, -1, 0), 1);
		assert_int_equal(EC_POINT_mul(group, point, k, NULL, NULL, NULL), 1);
		assert_int_equal(EC_POINT_point2oct(group, point,
						    POINT_CONVERSION_UNCOMPRESSED, bytes,
						    sizeof(bytes), NULL),
				 s.len);
		assert_true(keymath_is_on_curve(bits, s));
		assert_false(
			keymath_is_on_curve(bits, (struct slice){ s.data, s.len - 1 }));
		assert_false(keymath_is_on_curve(bits == 256 ? 384 : 256, s));
		bytes[1 + round % (2 * len)] ^= (unsigned char)(1 << round % 8);
		assert_false(keymath_is_on_curve(bits, s));
		bytes[1 + round % (2 * len)] ^= (unsigned char)(1 << round % 8);
		bytes[0] = 6; /* hybrid */
		assert_false(keymath_is_on_curve(bits, s));
	}
	BN_free(k);
	EC_POINT_free(point);
	EC_GROUP_free(group);
}

static void test_points(unused_arg void **state)
{
	check_curve(256, NID_X9_62_prime256v1);
	check_curve(384, NID_secp384r1);
	check_curve(521, NID_secp521r1);
}

/* Same point, coordinate written as x + p: right modulo p, and yet refused. */
static void test_coordinate_not_below_the_prime(unused_arg void **state)
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_secp521r1);
	EC_POINT *point = EC_POINT_new(group);
	BIGNUM *x = BN_new(), *y = BN_new(), *p = BN_new(), *k = BN_new();
	unsigned char bytes[133] = { 4 };
	struct slice s = { (const char *)bytes, sizeof(bytes) };

	assert_int_equal(BN_rand(k, 500, -1, 0), 1);
	assert_int_equal(EC_POINT_mul(group, point, k, NULL, NULL, NULL), 1);
	assert_int_equal(EC_POINT_get_affine_coordinates(group, point, x, y, NULL), 1);
	assert_int_equal(EC_GROUP_get_curve(group, p, NULL, NULL, NULL), 1);
	assert_int_equal(BN_bn2binpad(y, bytes + 67, 66), 66);
	assert_int_equal(BN_bn2binpad(x, bytes + 1, 66), 66);
	assert_true(keymath_is_on_curve(521, s));
	assert_int_equal(BN_add(x, x, p), 1);
	assert_int_equal(BN_bn2binpad(x, bytes + 1, 66), 66);
	assert_false(keymath_is_on_curve(521, s));
	memset(bytes + 1, 0, sizeof(bytes) - 1);
	assert_false(keymath_is_on_curve(521, s));
	BN_free(x);
	BN_free(y);
	BN_free(p);
	BN_free(k);
	EC_POINT_free(point);
	EC_GROUP_free(group);
}

static void test_ed25519_points(unused_arg void **state)
{
	unsigned char y[32];
	struct slice s = { (const char *)y, sizeof(y) };

	/* ed..ff x 30 7f is the prime itself; ec before it is -1; the byte after it is y
	 * = 1. */
	for (unsigned low = 0; low < 256; low++) {
		for (unsigned sign = 0; sign < 2; sign++) {
			memset(y, 0xff, sizeof(y));
			y[0] = (unsigned char)low;
			y[31] = sign ? 0xff : 0x7f;
			assert_int_equal(keymath_is_bad_ed25519(s), low >= 0xec);
			memset(y, 0, sizeof(y));
			y[0] = (unsigned char)low;
			y[31] = sign ? 0x80 : 0;
			assert_int_equal(keymath_is_bad_ed25519(s), low <= 1);
		}
	}
	y[0] = 0;
	y[17] = 1;
	assert_false(keymath_is_bad_ed25519(s));
	s.len = 31;
	assert_true(keymath_is_bad_ed25519(s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_small_factor_is_libcryptos),
		cmocka_unit_test(test_each_prime_is_found),
		cmocka_unit_test(test_roca),
		cmocka_unit_test(test_points),
		cmocka_unit_test(test_coordinate_not_below_the_prime),
		cmocka_unit_test(test_ed25519_points),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
