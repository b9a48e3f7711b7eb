/* SPDX-License-Identifier: Apache-2.0 */
/* Judging the numbers of a public key with machine words; no big numbers library. */
#include "codec/keymath.h"

#include <stdint.h>
#include <string.h>

#include "base/macros.h"

/* -- small factors -- */

#ifdef __SIZEOF_INT128__
typedef uint64_t limb;
typedef unsigned __int128 limb_pair;
#else
typedef uint32_t limb;
typedef uint64_t limb_pair;
#endif

enum {
	LIMB_BYTES = sizeof(limb),
	LIMBS_MAX = KEYMATH_RSA_BITS_MAX / 8 / LIMB_BYTES,
	GROUPS = 4, /* products tried side by side: one chain of multiplications would
		       idle */
};

/* The inverse of an odd P modulo 2^64: 3 P xor 2 has 5 right bits, each step doubles
 * them. */
#define INVERSE_5(p)  ((limb)(3 * (limb)(p)) ^ 2)
#define INVERSE_10(p) ((limb)(INVERSE_5(p) * (2 - (limb)(p)*INVERSE_5(p))))
#define INVERSE_20(p) ((limb)(INVERSE_10(p) * (2 - (limb)(p)*INVERSE_10(p))))
#define INVERSE_40(p) ((limb)(INVERSE_20(p) * (2 - (limb)(p)*INVERSE_20(p))))
#define INVERSE(p)    ((limb)(INVERSE_40(p) * (2 - (limb)(p)*INVERSE_40(p))))
#define PRIME(p)                              \
	{                                     \
		p, INVERSE(p), (limb)-1 / (p) \
	}

/* X is a multiple of P exactly if X * inverse(P), modulo 2^64, is at most (2^64 - 1) / P.
 */
static const struct {
	unsigned prime;
	limb inverse, quotient_max;
} primes[] = {
	/* clang-format off */
	PRIME(3), PRIME(5), PRIME(7), PRIME(11), PRIME(13), PRIME(17), PRIME(19),
	PRIME(23), PRIME(29), PRIME(31), PRIME(37), PRIME(41), PRIME(43), PRIME(47),
	PRIME(53), PRIME(59), PRIME(61), PRIME(67), PRIME(71), PRIME(73), PRIME(79),
	PRIME(83), PRIME(89), PRIME(97), PRIME(101), PRIME(103), PRIME(107), PRIME(109),
	PRIME(113), PRIME(127), PRIME(131), PRIME(137), PRIME(139), PRIME(149), PRIME(151),
	PRIME(157), PRIME(163), PRIME(167), PRIME(173), PRIME(179), PRIME(181), PRIME(191),
	PRIME(193), PRIME(197), PRIME(199), PRIME(211), PRIME(223), PRIME(227), PRIME(229),
	PRIME(233), PRIME(239), PRIME(241), PRIME(251), PRIME(257), PRIME(263), PRIME(269),
	PRIME(271), PRIME(277), PRIME(281), PRIME(283), PRIME(293), PRIME(307), PRIME(311),
	PRIME(313), PRIME(317), PRIME(331), PRIME(337), PRIME(347), PRIME(349), PRIME(353),
	PRIME(359), PRIME(367), PRIME(373), PRIME(379), PRIME(383), PRIME(389), PRIME(397),
	PRIME(401), PRIME(409), PRIME(419), PRIME(421), PRIME(431), PRIME(433), PRIME(439),
	PRIME(443), PRIME(449), PRIME(457), PRIME(461), PRIME(463), PRIME(467), PRIME(479),
	PRIME(487), PRIME(491), PRIME(499), PRIME(503), PRIME(509), PRIME(521), PRIME(523),
	PRIME(541), PRIME(547), PRIME(557), PRIME(563), PRIME(569), PRIME(571), PRIME(577),
	PRIME(587), PRIME(593), PRIME(599), PRIME(601), PRIME(607), PRIME(613), PRIME(617),
	PRIME(619), PRIME(631), PRIME(641), PRIME(643), PRIME(647), PRIME(653), PRIME(659),
	PRIME(661), PRIME(673), PRIME(677), PRIME(683), PRIME(691), PRIME(701), PRIME(709),
	PRIME(719), PRIME(727), PRIME(733), PRIME(739), PRIME(743), PRIME(751), PRIME(757),
	PRIME(761), PRIME(769), PRIME(773), PRIME(787), PRIME(797), PRIME(809), PRIME(811),
	PRIME(821), PRIME(823), PRIME(827), PRIME(829), PRIME(839), PRIME(853), PRIME(857),
	PRIME(859), PRIME(863), PRIME(877), PRIME(881), PRIME(883), PRIME(887), PRIME(907),
	PRIME(911), PRIME(919), PRIME(929), PRIME(937), PRIME(941), PRIME(947), PRIME(953),
	PRIME(967), PRIME(971), PRIME(977), PRIME(983), PRIME(991), PRIME(997),
	/* clang-format on */
};

/* Least significant limb first, filled up with zeros. Returns how many. */
static size_t limbs_of(struct slice n, limb ret[static LIMBS_MAX])
{
	size_t count = 0;

	for (size_t left = n.len; left > 0; count++) {
		size_t bytes = MIN_OF(left, (size_t)LIMB_BYTES);
		limb v = 0;

		for (size_t i = left - bytes; i < left; i++)
			v = v << 8 | (uint8_t)n.data[i];
		ret[count] = v;
		left -= bytes;
	}
	return count;
}

/* Some primes, primes[first] to primes[end - 1], whose product fits into a limb. */
struct group {
	limb product, inverse;
	size_t first, end;
};

static struct group group_from(size_t first)
{
	struct group g = { .product = 1, .inverse = 1, .first = first, .end = first };

	while (g.end < ARRAY_LEN(primes) && g.product <= primes[g.end].quotient_max) {
		g.product *= primes[g.end].prime;
		g.inverse *= primes[g.end].inverse;
		g.end++;
	}
	return g;
}

/* One step of division from the low end, by multiplications only; REST is what it hands
 * on. */
static limb divide_step(const struct group *g, limb rest, limb n)
{
	limb quotient = (n - rest) * g->inverse;

	return (limb)((limb_pair)quotient * g->product >> (LIMB_BYTES * 8)) + (n < rest);
}

/*
 * What is left at the end is not the remainder, but a prime of the product divides it
 * exactly if it divides N. Four products side by side: one chain of multiplications would
 * mostly wait.
 */
static void groups_divide(const struct group g[static GROUPS], const limb *n,
			  size_t count, limb ret[static GROUPS])
{
	limb a = 0, b = 0, c = 0, d = 0;

	for (size_t i = 0; i < count; i++) {
		a = divide_step(&g[0], a, n[i]);
		b = divide_step(&g[1], b, n[i]);
		c = divide_step(&g[2], c, n[i]);
		d = divide_step(&g[3], d, n[i]);
	}
	ret[0] = a;
	ret[1] = b;
	ret[2] = c;
	ret[3] = d;
}

/* The prime of the group that divides REST, or 0. */
static unsigned group_factor(const struct group *g, limb rest)
{
	for (size_t i = g->first; i < g->end; i++)
		if (rest * primes[i].inverse <= primes[i].quotient_max)
			return primes[i].prime;
	return 0;
}

unsigned keymath_small_factor(struct slice n)
{
	limb limbs[LIMBS_MAX], rests[GROUPS];
	struct group groups[GROUPS];
	size_t count;

	if (n.len > KEYMATH_RSA_BITS_MAX / 8)
		return 0;
	count = limbs_of(n, limbs);
	for (size_t next = 0; next < ARRAY_LEN(primes); next = groups[GROUPS - 1].end) {
		for (size_t j = 0; j < GROUPS; j++)
			groups[j] = group_from(j == 0 ? next : groups[j - 1].end);
		groups_divide(groups, limbs, count, rests);
		for (size_t j = 0; j < GROUPS; j++) {
			unsigned factor = group_factor(&groups[j], rests[j]);

			if (factor != 0)
				return factor;
		}
	}
	return 0;
}

/* -- ROCA -- */

static unsigned remainder_of(struct slice n, unsigned divisor)
{
	uint64_t rest = 0;
	size_t i = 0;

	for (; i < n.len % 4; i++)
		rest = (rest << 8 | (uint8_t)n.data[i]) % divisor;
	for (; i < n.len; i += 4) {
		uint32_t word = (uint32_t)(uint8_t)n.data[i] << 24 |
				(uint32_t)(uint8_t)n.data[i + 1] << 16 |
				(uint32_t)(uint8_t)n.data[i + 2] << 8 |
				(uint8_t)n.data[i + 3];

		rest = (rest << 32 | word) % divisor;
	}
	return (unsigned)rest;
}

/* Is REST a power of 65537 modulo PRIME? */
static bool is_power(unsigned rest, unsigned prime)
{
	unsigned power = 1;

	do {
		if (power == rest)
			return true;
		power = power * (65537 % prime) % prime;
	} while (power != 1);
	return false;
}

/*
 * The faulty generator made primes from powers of 65537 modulo the product of all small
 * primes, so the modulus is a power of 65537 modulo each of them. 11 and 37 together
 * clear 59 of 60 sound keys.
 */
bool keymath_is_roca(struct slice n)
{
	unsigned rest = remainder_of(n, 11 * 37);

	if (!is_power(rest % 11, 11) || !is_power(rest % 37, 37))
		return false;
	for (size_t i = 0; primes[i].prime <= 167; i++)
		if (!is_power(remainder_of(n, primes[i].prime), primes[i].prime))
			return false;
	return true;
}

/* -- Ed25519 -- */

/* y of the points of order 8; those of order 1, 2 and 4 have y = 1, -1 and 0. */
static const uint8_t order_8[2][32] = {
	{ 0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
	  0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
	  0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05 },
	{ 0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
	  0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
	  0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a },
};

/* Are all bytes but the outer two equal to FILL? */
static bool is_filled(const uint8_t y[static 32], uint8_t fill)
{
	for (size_t i = 1; i < 31; i++)
		if (y[i] != fill)
			return false;
	return true;
}

bool keymath_is_bad_ed25519(struct slice point)
{
	uint8_t y[32];

	if (point.len != sizeof(y))
		return true;
	memcpy(y, point.data, sizeof(y));
	y[31] &= 0x7f; /* the sign of x */
	if (memcmp(y, order_8[0], sizeof(y)) == 0 ||
	    memcmp(y, order_8[1], sizeof(y)) == 0)
		return true;
	if (y[31] == 0 && is_filled(y, 0))
		return y[0] <= 1;
	/* ec is -1; from ed on the number is not below the prime. */
	return y[31] == 0x7f && is_filled(y, 0xff) && y[0] >= 0xec;
}

/* -- y^2 = x^3 - 3 x + b -- */

enum { WORDS_MAX = 17 };

struct curve {
	unsigned bits;
	size_t count; /* words used, least significant first */
	uint32_t prime[WORDS_MAX], b[WORDS_MAX];
};

static const struct curve curves[] = {
	/* clang-format off */
	{ 256, 8,
	  { 0xffffffff, 0xffffffff, 0xffffffff, 0x00000000, 0x00000000, 0x00000000,
	    0x00000001, 0xffffffff },
	  { 0x27d2604b, 0x3bce3c3e, 0xcc53b0f6, 0x651d06b0, 0x769886bc, 0xb3ebbd55,
	    0xaa3a93e7, 0x5ac635d8 },
	},
	{ 384, 12,
	  { 0xffffffff, 0x00000000, 0x00000000, 0xffffffff, 0xfffffffe, 0xffffffff,
	    0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff },
	  { 0xd3ec2aef, 0x2a85c8ed, 0x8a2ed19d, 0xc656398d, 0x5013875a, 0x0314088f,
	    0xfe814112, 0x181d9c6e, 0xe3f82d19, 0x988e056b, 0xe23ee7e4, 0xb3312fa7 },
	},
	{ 521, 17,
	  { 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff,
	    0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff,
	    0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x000001ff },
	  { 0x6b503f00, 0xef451fd4, 0x3d2c34f1, 0x3573df88, 0x3bb1bf07, 0x1652c0bd,
	    0xec7e937b, 0x56193951, 0x8ef109e1, 0xb8b48991, 0x99b315f3, 0xa2da725b,
	    0xb68540ee, 0x929a21a0, 0x8e1c9a1f, 0x953eb961, 0x00000051 },
	},
	/* clang-format on */
};

typedef uint32_t number[WORDS_MAX];

static bool is_below(const uint32_t *a, const uint32_t *b, size_t count)
{
	for (size_t i = count; i-- > 0;)
		if (a[i] != b[i])
			return a[i] < b[i];
	return false;
}

static void subtract(uint32_t *a, const uint32_t *b, size_t count)
{
	uint64_t borrow = 0;

	for (size_t i = 0; i < count; i++) {
		uint64_t v = (uint64_t)a[i] - b[i] - borrow;

		a[i] = (uint32_t)v;
		borrow = v >> 63;
	}
}

/* A + B mod p, into A. */
static void add(const struct curve *c, uint32_t *a, const uint32_t *b)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < c->count; i++) {
		sum += (uint64_t)a[i] + b[i];
		a[i] = (uint32_t)sum;
		sum >>= 32;
	}
	if (sum != 0 || !is_below(a, c->prime, c->count))
		subtract(a, c->prime, c->count);
}

/* A * B / 2^(32 count) mod p. The low word of all three primes is -1, so its inverse is
 * -1 too. */
static void multiply(const struct curve *c, uint32_t *ret, const uint32_t *a,
		     const uint32_t *b)
{
	uint32_t t[WORDS_MAX + 2] = { 0 };
	size_t n = c->count;

	for (size_t i = 0; i < n; i++) {
		uint64_t carry = 0;
		uint32_t q;

		for (size_t j = 0; j < n; j++) {
			carry += (uint64_t)a[j] * b[i] + t[j];
			t[j] = (uint32_t)carry;
			carry >>= 32;
		}
		carry += t[n];
		t[n] = (uint32_t)carry;
		t[n + 1] = (uint32_t)(carry >> 32);

		q = t[0];
		carry = ((uint64_t)q * c->prime[0] + t[0]) >> 32;
		for (size_t j = 1; j < n; j++) {
			carry += (uint64_t)q * c->prime[j] + t[j];
			t[j - 1] = (uint32_t)carry;
			carry >>= 32;
		}
		carry += t[n];
		t[n - 1] = (uint32_t)carry;
		t[n] = t[n + 1] + (uint32_t)(carry >> 32);
	}
	if (t[n] != 0 || !is_below(t, c->prime, n))
		subtract(t, c->prime, n);
	memcpy(ret, t, n * sizeof(*ret));
}

static bool read_coordinate(const struct curve *c, const uint8_t *bytes, uint32_t *ret)
{
	size_t len = (c->bits + 7) / 8;

	for (size_t i = 0; i < len; i++)
		ret[i / 4] |= (uint32_t)bytes[len - 1 - i] << (i % 4 * 8);
	return is_below(ret, c->prime, c->count);
}

bool keymath_is_on_curve(unsigned bits, struct slice point)
{
	const uint8_t *bytes = (const uint8_t *)point.data;
	size_t len = (bits + 7) / 8;
	const struct curve *c = NULL;
	number x = { 0 }, y = { 0 }, one = { 1 }, left, right;

	for (size_t i = 0; i < ARRAY_LEN(curves); i++)
		if (curves[i].bits == bits)
			c = &curves[i];
	if (c == NULL || point.len != 1 + 2 * len || bytes[0] != 0x04)
		return false;
	if (!read_coordinate(c, bytes + 1, x) || !read_coordinate(c, bytes + 1 + len, y))
		return false;

	/* Each product divides by R = 2^(32 count): bring all terms to 1/R^2, then
	 * compare. */
	multiply(c, left, y, y);
	multiply(c, left, left, one);
	multiply(c, right, c->b, one);
	multiply(c, right, right, one);
	multiply(c, y, x, x);
	multiply(c, y, y, x); /* x^3 */
	add(c, right, y);
	multiply(c, x, x, one);
	multiply(c, x, x, one);
	for (size_t i = 0; i < 3; i++)
		add(c, left, x); /* y^2 + 3 x = x^3 + b */
	return memcmp(left, right, c->count * sizeof(*left)) == 0;
}
