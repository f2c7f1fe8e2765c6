/* The elementary functions as branch-free C, for loops over rows that the compiler turns into vector code.

   The includer includes this file once for each instruction set, with two macros:
     F(name)       pastes the instruction set's suffix to a function's name,
     FMA(a, b, c)  is __builtin_fma(a, b, c) where the instruction set has it, else ((a) * (b) + (c)).
   All sets with FMA give the same bits. Compile with -O3 -ffp-contract=off -fno-math-errno -fno-trapping-math.

   All functions have C's values at nan, infinities, signed zeros and subnormal numbers, and hold over all doubles, except that
   sin, cos and tan are wrong without a sign of it beyond |x| = CIRCULAR_LIMIT: whoever calls them looks first.
   The largest errors found in millions of points of all sizes, in units of the last place, with FMA (without: hypot 1.17):
     0.50  log2 log10 cbrt sqrt
     0.70  asin acos
     0.83  exp exp2 log log1p sinh sin cos atan atan2 atanh pow power
     1.00  expm1 (1.003 without FMA) cosh tanh sech tan (1.04) asinh acosh hypot
     1.08  erf erfc
   The polynomials are minimax (Remez in 60 digits), the coefficients rounded one after another and the rest fitted again.
   Tails of numbers in two parts follow Dekker 1971 and Muller et al., Handbook of Floating-Point Arithmetic. */

#ifndef VECTORMATH_CONSTANTS
#define VECTORMATH_CONSTANTS
#include <math.h>
#include <stdint.h>
#include <string.h>

#define LOG2_E 0x1.71547652b82fep+0
#define LN2 0x1.62e42fefa39efp-1
#define LN2_REST 0x1.abc9e3b39803fp-56 /* of ln 2 - LN2 */
#define LN2_HIGH 0x1.62e42fefa3800p-1 /* 42 bits: times a whole number below 2^11 is exact */
#define LN2_LOW 0x1.ef35793c76730p-45
#if !defined(INLINED) && defined(__GNUC__) /* past a size of the whole file GCC inlines no more, and a loop with a call is not vectorised */
#define INLINED static inline __attribute__((always_inline))
#elif !defined(INLINED)
#define INLINED static inline
#endif

#define CIRCULAR_LIMIT 0x1p30 /* sin, cos and tan hold for |x| up to here; beyond it only nan and infinities do */
#define PI_HALF_HIGH 0x1.921fb54442d18p+0
#define PI_HALF_LOW 0x1.1a62633145c07p-54
#define PI_HALF_REST -0x1.f1976b7ed8fbcp-110
#define PI_QUARTER_HIGH 0x1.921fb54442d10p-1 /* 50 bits: times 3 is exact */
#define PI_QUARTER_LOW 0x1.08d313198a2e0p-50
#define ROUNDER 0x1.8p52 /* x + ROUNDER holds x, rounded to a whole number, in its last bits */
#define ONE_BITS 0x3ff0000000000000u
#define SQRT_HALF_BITS 0x3fe6a09e667f3bcdu
#define SIGN_BIT 0x8000000000000000u
#define EXPONENT_BITS 0xfff0000000000000u

typedef struct { double high, low; } double_double;
typedef struct { double rounded, r, r_low; } reduced;
typedef struct { double k, f, scale; } split_number;
typedef struct { double_double sinh, cosh; double rounded; } hyperbolic;
typedef struct { double k; double_double t; } turned;
typedef struct { double_double sin, cos; uint64_t quadrant; } circular;
#endif

INLINED uint64_t F(bits)(double x) { uint64_t b; memcpy(&b, &x, sizeof b); return b; }
INLINED double F(number)(uint64_t b) { double x; memcpy(&x, &b, sizeof x); return x; }

/* a + b x + c x^2 + d x^3 */
INLINED double F(cubic)(double x, double a, double b, double c, double d) {
    return FMA(x * x, FMA(d, x, c), FMA(b, x, a));
}

INLINED double F(quartic)(double x, double a, double b, double c, double d, double e) {
    return FMA(x * x, FMA(x * x, e, FMA(d, x, c)), FMA(b, x, a));
}

/* a + b, |a| >= |b| or a == 0, as the rounded sum and what it lost (Dekker 1971) */
INLINED double_double F(fast_sum)(double a, double b) {
    const double s = a + b;
    return (double_double){s, (a - s) + b};
}

/* a + b for any two (Knuth) */
INLINED double_double F(sum)(double a, double b) {
    const double s = a + b, v = s - a;
    return (double_double){s, (a - (s - v)) + (b - v)};
}

/* a * b, as the rounded product and what it lost: by FMA, or where FMA rounds twice by Dekker's splitting */
INLINED double_double F(product)(double a, double b) {
    const double p = a * b;
    if (FMA(1 + 0x1p-30, 1 - 0x1p-30, -1.0) != 0) return (double_double){p, FMA(a, b, -p)};
    const double sa = a * 0x1.0000002p27, ah = sa - (sa - a), al = a - ah;
    const double sb = b * 0x1.0000002p27, bh = sb - (sb - b), bl = b - bh;
    return (double_double){p, ((ah * bh - p) + ah * bl + al * bh) + al * bl};
}

/* c - a * b where that is a double or nearly cancels */
INLINED double F(remainder)(double a, double b, double c) {
    if (FMA(1 + 0x1p-30, 1 - 0x1p-30, -1.0) != 0) return FMA(-a, b, c);
    const double_double p = F(product)(a, b);
    return (c - p.high) - p.low;
}

/* a / b, where inverse is 1 / b.high rounded: the rounded quotient and about what it lost */
INLINED double_double F(long_quotient)(double_double a, double_double b, double inverse) {
    const double q = a.high * inverse;
    return (double_double){q, (F(remainder)(q, b.high, a.high) + FMA(-q, b.low, a.low)) * inverse};
}

INLINED double F(quotient)(double_double a, double_double b, double inverse) {
    const double_double q = F(long_quotient)(a, b, inverse);
    return q.high + q.low;
}

/* 2^n from n + ROUNDER, -1023 < n < 1024 */
INLINED double F(two_to)(double rounded) { return F(number)((F(bits)(rounded) << 52) + ONE_BITS); }

/* y 2^n from n + ROUNDER, |n| < 2000: in two steps, for overflow and subnormal results */
INLINED double F(scaled)(double y, double rounded) {
    const uint64_t b = F(bits)(rounded), half = b >> 1;
    return y * F(number)((half << 52) + ONE_BITS) * F(number)(((b - half) << 52) + ONE_BITS);
}

/* x = n ln 2 + r + r_low (Cody & Waite 1980) */
INLINED reduced F(by_ln2)(double x) {
    const double rounded = FMA(x, LOG2_E, ROUNDER), n = rounded - ROUNDER;
    const double high = FMA(n, -LN2_HIGH, x), r = FMA(n, -LN2_LOW, high);
    return (reduced){rounded, r, FMA(n, -LN2_LOW, high - r)};
}

/* (sinh r - r) / r^3 and (cosh r - 1 - r^2/2) / r^4 in z = r^2, |r| <= ln(2)/2; errors 2^-61 and 2^-70 of the whole */
INLINED double F(sinh_tail)(double z) {
    return F(quartic)(z, 0x1.5555555555559p-3, 0x1.111111110f62ap-7, 0x1.a01a01b020993p-13,
                      0x1.71ddf7ae199ccp-19, 0x1.af5ff8b7820d2p-26);
}
INLINED double F(cosh_tail)(double z) {
    return F(quartic)(z, 0x1.5555555555558p-5, 0x1.6c16c16c14ffap-10, 0x1.a01a01ad81032p-16,
                      0x1.27e4cc0928fc2p-22, 0x1.1f8bee8271319p-29);
}

/* exp(r + r_low) - 1 - r */
INLINED double F(exp_tail)(double r, double r_low) {
    const double z = r * r;
    return FMA(0.5, z, FMA(z * r, FMA(r, F(cosh_tail)(z), F(sinh_tail)(z)), r_low));
}

/* the whole part of log2|x|, 0 where there is none */
INLINED double F(exponent_of)(double x) {
    const int small = fabs(x) < 0x1p-1022;
    const uint64_t field = (F(bits)(small ? x * 0x1p54 : x) & ~SIGN_BIT) >> 52;
    const double k = F(number)(field | 0x4330000000000000u) - (0x1p52 + 1023) - (small ? 54.0 : 0.0);
    return fabs(x) < INFINITY && x != 0 ? k : 0;
}

/* a 2^-k of a whole k; rounded twice where a and the result are both below 2^-900 */
INLINED double F(lowered)(double a, double k) { return F(scaled)(a, ROUNDER - (k > 2000 ? 2000 : k < -2000 ? -2000 : k)); }

INLINED double F(exp)(double x) {
    const reduced a = F(by_ln2)(x);
    const double y = F(scaled)(1 + (a.r + F(exp_tail)(a.r, a.r_low)), a.rounded);
    return x > 750 ? INFINITY : x < -750 ? 0 : y;
}

INLINED double F(expm1)(double x) {
    const reduced a = F(by_ln2)(x);
    const double half = F(two_to)(a.rounded - 1);
    const double_double one = F(fast_sum)(half, -0.5), s = F(fast_sum)(one.high, half * a.r);
    const double y = 2 * (s.high + FMA(half, F(exp_tail)(a.r, a.r_low), s.low + one.low));
    return fabs(x) < 0x1p-54 ? x : x > 710 ? INFINITY : x < -50 ? -1 : y;
}

/* sinh|x| and cosh|x|, both over 2^(n-1), by the addition theorem: e^|x| = 2^n e^r */
INLINED hyperbolic F(hyperbolic)(double x) {
    const double size = fabs(x), limit = size > 800 ? 800 : size;
    const reduced a = F(by_ln2)(limit);
    const double g = limit < 300 ? F(number)(ONE_BITS - (F(bits)(a.rounded) << 53)) : 0; /* 4^-n */
    const double z = a.r * a.r, c = FMA(0.5, z, z * z * F(cosh_tail)(z)), s = FMA(a.r * z, F(sinh_tail)(z), a.r_low);
    const double_double plus = F(fast_sum)(1, g);
    const double minus = 1 - g;
    const double_double ch = F(fast_sum)(plus.high, minus * a.r);
    const double_double sh = F(fast_sum)(minus, a.r), sh2 = F(fast_sum)(sh.high, g * a.r);
    const double c_low = FMA(plus.high, c, FMA(minus, s, ch.low + plus.low));
    const double s_low = FMA(minus, c, FMA(plus.high, s, (sh.low + sh2.low) - plus.low));
    return (hyperbolic){F(fast_sum)(sh2.high, s_low), F(fast_sum)(ch.high, c_low), a.rounded};
}

INLINED double F(cosh)(double x) {
    const hyperbolic h = F(hyperbolic)(x);
    return F(scaled)(h.cosh.high, h.rounded - 1);
}

INLINED double F(sinh)(double x) {
    const hyperbolic h = F(hyperbolic)(x);
    return copysign(F(scaled)(h.sinh.high, h.rounded - 1), x);
}

INLINED double F(tanh)(double x) {
    const hyperbolic h = F(hyperbolic)(x);
    return copysign(F(quotient)(h.sinh, h.cosh, 1 / h.cosh.high), x);
}

INLINED double F(sech)(double x) {
    const hyperbolic h = F(hyperbolic)(x);
    return F(scaled)(F(quotient)((double_double){1, 0}, h.cosh, 1 / h.cosh.high), ROUNDER - (h.rounded - (ROUNDER + 1)));
}

/* x = 2^k (1 + f), sqrt(1/2) <= 1 + f < sqrt(2), x normal and positive; scale = 2^-k */
INLINED split_number F(split)(double x) {
    const uint64_t b = F(bits)(x) + (ONE_BITS - SQRT_HALF_BITS);
    const double k = F(number)((b >> 52) | 0x4330000000000000u) - (0x1p52 + 1023);
    const double m = F(number)((b & ~EXPONENT_BITS) + SQRT_HALF_BITS);
    return (split_number){k, m - 1, F(number)((2046ull << 52) - (b & EXPONENT_BITS))};
}

/* k ln 2 + log(1 + f) + rest (fdlibm's arrangement) */
INLINED double F(log_of)(double k, double f, double rest) {
    const double s = f / (2 + f), z = s * s, w = z * z, half = 0.5 * f * f;
    const double r = z * FMA(w * w, FMA(w, 0x1.2f04852d66de8p-3, FMA(z, 0x1.39a1d72018a87p-3, 0x1.74663d7ebfd16p-3)),
                             F(cubic)(z, 0x1.5555555555592p-1, 0x1.999999997ff13p-2, 0x1.24924941e2d2ap-2, 0x1.c71c52124008bp-3));
    const double_double h = F(fast_sum)(k * LN2_HIGH, f);
    return h.high + (h.low - (half - FMA(s, half + r, FMA(k, LN2_LOW, rest))));
}

/* y where 0 < x < inf, else what a logarithm is there */
INLINED double F(log_or)(double x, double y) {
    return x > 0 ? (x < INFINITY ? y : x) : (x == 0 ? -INFINITY : NAN);
}

/* x > 0, subnormal or not, split */
INLINED split_number F(split_any)(double x) {
    const double tiny = x < 0x1p-1022 ? 54 : 0;
    split_number a = F(split)(x < 0x1p-1022 ? x * 0x1p54 : x);
    a.k -= tiny;
    return a;
}

INLINED double F(log)(double x) {
    const split_number a = F(split_any)(x);
    return F(log_or)(x, F(log_of)(a.k, a.f, 0));
}

/* log(1 + x.high + x.low) */
INLINED double F(log1p_of)(double_double x) {
    const double_double u = F(sum)(1, x.high);
    const split_number a = F(split)(u.high);
    const double scale = a.k < 60 ? a.scale : 0;
    const double_double f = F(fast_sum)(a.f, u.low * scale);
    const double rest = FMA(x.low, scale, f.low);
    return F(log_or)(u.high, F(log_of)(a.k, f.high, FMA(-f.high, rest, rest)));
}

INLINED double F(log1p)(double x) {
    const double y = F(log1p_of)((double_double){x, 0});
    return fabs(x) < 0x1p-54 ? x : y;
}

INLINED double F(exp2)(double x) {
    const double limit = fabs(x) > 1100 ? copysign(1100, x) : x;
    const double rounded = limit + ROUNDER, r = limit - (rounded - ROUNDER);
    const double_double p = F(product)(r, LN2);
    const double y = F(scaled)(1 + (p.high + F(exp_tail)(p.high, FMA(r, LN2_REST, p.low))), rounded);
    return x != x ? x : y;
}

/* log(1 + f) with a relative error of 2^-65, by s = f / (2 + f): 2 s (1 + z/3 + z^2/5 + ...), z = s^2 */
INLINED double_double F(long_log1p)(double f) {
    const double_double d = F(fast_sum)(2, f);
    const double_double s = F(long_quotient)((double_double){f, 0}, d, 1 / d.high);
    double_double z = F(product)(s.high, s.high);
    z.low = FMA(2 * s.high, s.low, z.low);
    const double w = z.high * z.high;
    const double a = F(cubic)(z.high, 0x1.9999999999997p-3, 0x1.2492492492d40p-3, 0x1.c71c71c5cae8dp-4, 0x1.745d18143cb52p-4);
    const double b = F(cubic)(z.high, 0x1.3b13698ae97cep-4, 0x1.111fd3e38dd7bp-4, 0x1.de525d2ff2cc6p-5, 0x1.ea31cf0116bbbp-5);
    const double tail = FMA(w * w, b, a);
    const double_double t = F(product)(z.high, tail), third = F(fast_sum)(0x1.5555555555555p-2, t.high);
    const double third_low = third.low + (FMA(z.low, tail, t.low) + 0x1.5555555555555p-56);
    double_double u = F(product)(z.high, third.high);
    u.low += FMA(z.high, third_low, z.low * third.high);
    const double_double v = F(product)(s.high, u.high);
    const double_double y = F(fast_sum)(s.high, v.high);
    return F(fast_sum)(2 * y.high, 2 * (y.low + (v.low + FMA(s.high, u.low, FMA(s.low, u.high, s.low)))));
}

INLINED double F(log2)(double x) {
    const split_number a = F(split_any)(x);
    const double_double y = F(long_log1p)(a.f), p = F(product)(y.high, LOG2_E), t = F(fast_sum)(a.k, p.high);
    return F(log_or)(x, t.high + (t.low + FMA(y.high, 0x1.777d0ffda0d24p-56, FMA(y.low, LOG2_E, p.low))));
}

INLINED double F(log10)(double x) {
    const split_number a = F(split_any)(x);
    const double_double y = F(long_log1p)(a.f), p = F(product)(y.high, 0x1.bcb7b1526e50ep-2);
    const double_double t = F(fast_sum)(a.k * 0x1.34413509f8000p-2, p.high); /* log10(2) in 42 bits, and the rest below */
    const double low = FMA(y.high, 0x1.95355baaafad3p-57, FMA(y.low, 0x1.bcb7b1526e50ep-2, p.low));
    return F(log_or)(x, t.high + (t.low + FMA(a.k, -0x1.80433b83b532ap-44, low)));
}

/* exp(x.high + x.low), |x.high| < 800 */
INLINED double F(exp_of)(double_double x) {
    const reduced a = F(by_ln2)(x.high);
    const double_double r = F(fast_sum)(a.r, a.r_low + x.low);
    return F(scaled)(1 + (r.high + F(exp_tail)(r.high, r.low)), a.rounded);
}

INLINED double F(pow)(double x, double y) {
    const double size = fabs(x);
    const split_number a = F(split_any)(size);
    const double_double f = F(long_log1p)(a.f), h = F(fast_sum)(a.k * LN2_HIGH, f.high);
    const double_double log = F(fast_sum)(h.high, h.low + FMA(a.k, LN2_LOW, f.low));
    const double b = fabs(y) > 0x1p100 ? copysign(0x1p100, y) : y, high = F(log_or)(size, log.high);
    double_double p = F(product)(b, high);
    p.low = FMA(b, log.low, p.low);
    double z = F(exp_of)(p);
    z = p.high > 800 ? INFINITY : z;
    z = p.high < -800 ? 0 : z;
    /* |y| less an even number near it: 1 for odd y, in between for a fraction, 0 or more than 1 for even y */
    const double height = fabs(y), rest = fabs(height - ((height + 0x1p53) - 0x1p53));
    const double valid = rest > 0 && rest < 1 ? (size == INFINITY ? z : NAN) : z;
    z = x < 0 ? valid : z;
    z = F(number)(F(bits)(z) ^ (F(bits)(rest == 1 ? x : 0) & SIGN_BIT));
    z = y == 0 ? 1 : z;
    return x == 1 ? 1 : z;
}

/* x.high^2 with what 2 x.low x.high adds, where neither overflows nor falls below the normal numbers */
INLINED double F(square_of)(double_double x) {
    const double y = x.high * x.high, whole = FMA(2 * x.high, x.low, y);
    return y >= 0x1p-1022 && y < INFINITY ? whole : y;
}

/* x^n for n = 2, 3, 4, -1, -2 */
INLINED double F(pow_small)(double x, int n) {
    const double inverse = 1 / x;
    return n == 2 ? x * x : n == 3 ? x * x * x : n == 4 ? F(square_of)(F(product)(x, x)) : n == -1 ? inverse
         : F(square_of)((double_double){inverse, F(remainder)(inverse, x, 1) * inverse});
}

/* the table's power: a ** 1 is a. Where the compiler knows a small exponent, products and quotients */
INLINED double F(power)(double a, double b) {
#if defined(__GNUC__)
    if (__builtin_constant_p(b) && (b == 2 || b == 3 || b == 4 || b == -1 || b == -2)) return F(pow_small)(a, (int)b);
#endif
    const double y = F(pow)(a, b);
    return b == 1 ? a : y;
}

/* the small exponents, and those one above of which a derivative asks for one of them */
INLINED int F(is_small)(double b) {
    return (b == -2) | (b == -1) | (b == 0) | (b == 2) | (b == 3) | (b == 4) | (b == 5);
}

/* the same of exponents that the compiler does not know, of which some are small: no row may depend on its neighbours */
INLINED double F(power_any)(double a, double b) {
    double y = F(pow)(a, b);
    y = b == 2 ? F(pow_small)(a, 2) : y;
    y = b == 3 ? F(pow_small)(a, 3) : y;
    y = b == 4 ? F(pow_small)(a, 4) : y;
    y = b == -1 ? F(pow_small)(a, -1) : y;
    y = b == -2 ? F(pow_small)(a, -2) : y;
    return b == 1 ? a : y;
}

/* sin and cos of |x| - quadrant pi/2: three parts of pi/2, of which the first two multiply without error (Cody & Waite) */
INLINED circular F(circular)(double x) {
    const double a = fabs(x), rounded = FMA(a, 0x1.45f306dc9c883p-1, ROUNDER), n = rounded - ROUNDER;
    const double_double p = F(product)(n, PI_HALF_LOW);
    const double_double r = F(sum)(F(remainder)(n, PI_HALF_HIGH, a), -p.high);
    const double low = FMA(n, -PI_HALF_REST, r.low - p.low);
    const double z = r.high * r.high, w = z * z, half = 0.5 * z;
    const double s_low = F(cubic)(z, -0x1.5555555555549p-3, 0x1.111111110f8a6p-7, -0x1.a01a019c160f1p-13, 0x1.71de357b099d8p-19);
    const double c_low = F(cubic)(z, 0x1.555555555554cp-5, -0x1.6c16c16c1521ep-10, 0x1.a01a019cbf396p-16, -0x1.27e4f8128fdf5p-22);
    const double s = FMA(w * w, FMA(z, 0x1.5d939d066f3a9p-33, -0x1.ae5e688aa55d1p-26), s_low);
    const double c = FMA(w * w, FMA(z, -0x1.8fb11ebc4c1e5p-37, 0x1.1ee9f1337c838p-29), c_low);
    const double_double u = F(fast_sum)(1, -half);
    return (circular){F(fast_sum)(r.high, FMA(r.high * z, s, FMA(-half, low, low))),
                      F(fast_sum)(u.high, u.low + FMA(w, c, -r.high * low)), F(bits)(rounded)};
}

/* b where the whole number of which this is the last bit is odd, else a; with the sign changed by bit 63 of sign */
INLINED double F(choose)(uint64_t odd, double a, double b, uint64_t sign) {
    const uint64_t mask = 0 - (odd & 1);
    return F(number)(((F(bits)(a) & ~mask) | (F(bits)(b) & mask)) ^ (sign & SIGN_BIT));
}

INLINED double F(sin)(double x) {
    const circular a = F(circular)(x);
    return F(choose)(a.quadrant, a.sin.high, a.cos.high, F(bits)(x) ^ (a.quadrant << 62));
}

INLINED double F(cos)(double x) {
    const circular a = F(circular)(x);
    return F(choose)(a.quadrant, a.cos.high, a.sin.high, (a.quadrant + 1) << 62);
}

INLINED double F(tan)(double x) {
    const circular a = F(circular)(x);
    const uint64_t q = a.quadrant, sign = F(bits)(x) ^ (q << 63);
    const double_double up = {F(choose)(q, a.sin.high, a.cos.high, 0), F(choose)(q, a.sin.low, a.cos.low, 0)};
    const double_double down = {F(choose)(q, a.cos.high, a.sin.high, 0), F(choose)(q, a.cos.low, a.sin.low, 0)};
    return F(choose)(0, F(quotient)(up, down, 1 / down.high), 0, sign);
}

/* u / v turned by k quarters of pi, k = 0, 1, 2: the angle is k pi/4 + atan(t.high) + t.low, |t| <= sqrt(2) - 1 */
INLINED turned F(turn)(double u, double v) {
    const double near = 0.414213562373095 * v, far = 2.414213562373095 * v;
    const double_double minus = F(sum)(u, -v), plus = F(sum)(u, v);
    const double k = u <= near ? 0 : u < far ? 1 : 2;
    const double_double up = {u <= near ? u : u < far ? minus.high : -v, u <= near ? 0 : u < far ? minus.low : 0};
    const double_double down = {u <= near ? v : u < far ? plus.high : u, u <= near ? 0 : u < far ? plus.low : 0};
    return (turned){k, F(long_quotient)(up, down, down.high > 0 ? 1 / down.high : down.high)};
}

/* k pi/4 + atan(t) */
INLINED double F(atan_of)(double k, double_double t) {
    const double z = t.high * t.high, w = z * z, base = k * PI_QUARTER_HIGH;
    const double even = F(cubic)(w, -0x1.5555555555543p-2, -0x1.24924922e91e6p-3, -0x1.745cfaeabfe50p-4, -0x1.10ed14c7b154ep-4);
    const double odd = F(cubic)(w, 0x1.99999999963a4p-3, 0x1.c71c70fa7e6efp-4, 0x1.3b113a65deb9ap-4, 0x1.df21b52bf1b63p-5);
    const double end = FMA(w, -0x1.26eb9b49925d7p-6, FMA(z, 0x1.388f828544b8cp-5, -0x1.9d206ae871c2dp-5));
    const double p = FMA(w * w, w * w * end, FMA(z, odd, even));
    const double_double y = F(fast_sum)(base, t.high);
    return y.high + (y.low + FMA(t.high * z, p, FMA(k, PI_QUARTER_LOW, t.low)));
}

INLINED double F(atan)(double x) {
    const double size = fabs(x);
    const turned a = F(turn)(size > 0x1p100 ? 0x1p100 : size, 1);
    return copysign(F(atan_of)(a.k, a.t), x);
}

INLINED double F(atan2)(double y, double x) {
    const double a = fabs(y), b = fabs(x), top = a > b ? a : b;
    const double scale = top > 0x1p900 ? 0x1p-120 : top > 0x1p300 ? 1 : 0x1p600;
    const double u = a == INFINITY ? 1 : b == INFINITY ? 0 : a * scale;
    const double v = b == INFINITY ? 1 : a == INFINITY ? 0 : b * scale;
    const turned t = F(turn)(u, v);
    const int back = copysign(1, x) < 0;
    const double_double angle = {back ? -t.t.high : t.t.high, back ? -t.t.low : t.t.low};
    const double r = copysign(F(atan_of)(back ? 4 - t.k : t.k, angle), y);
    return x != x || y != y ? x + y : r;
}

/* asin|x| = s + rest for |x| <= 1/2, else pi/2 - 2 (s + rest) with s^2 = (1 - |x|) / 2 */
INLINED double_double F(half_angle)(double x) {
    const double a = fabs(x), z = a > 0.5 ? 0.5 * (1 - a) : a * a, root = sqrt(z), s = a > 0.5 ? root : a;
    const double lost = a > 0.5 ? 0.5 * F(remainder)(root, root, z) / (root + 0x1p-200) : 0;
    const double w = z * z, v = w * w;
    const double low = F(cubic)(z, 0x1.555555555556fp-3, 0x1.333333332ed53p-4, 0x1.6db6db719d2f8p-5, 0x1.f1c71aba241aep-6);
    const double middle = F(cubic)(z, 0x1.6e8bdb4f95d65p-6, 0x1.1c4a294620c95p-6, 0x1.ca1abe6756dfap-7, 0x1.75a974c110292p-7);
    const double high = F(quartic)(z, 0x1.60830057bf8a1p-7, 0x1.f021cb2136519p-9, 0x1.60b7c2b6e1d08p-6, -0x1.5423b5e0e4609p-6,
                                   0x1.0a2370a048248p-5);
    return (double_double){s, FMA(s * z, FMA(v, FMA(v, high, middle), low), lost)};
}

INLINED double F(asin)(double x) {
    const double_double a = F(half_angle)(x), y = F(fast_sum)(PI_HALF_HIGH, -2 * a.high);
    const double large = y.high + (y.low + FMA(-2, a.low, PI_HALF_LOW));
    return copysign(fabs(x) > 0.5 ? large : a.high + a.low, x);
}

INLINED double F(acos)(double x) {
    const double_double a = F(half_angle)(x);
    const double sign = x < 0 ? -1 : 1, times = fabs(x) > 0.5 ? 2 * sign : -sign; /* acos x = base + times (s + rest) */
    const double base = fabs(x) > 0.5 ? (x < 0 ? 2 : 0) : 1;
    const double_double y = F(fast_sum)(base * PI_HALF_HIGH, times * a.high);
    return y.high + (y.low + FMA(times, a.low, base * PI_HALF_LOW));
}

/* sqrt(x) to twice the digits */
INLINED double_double F(long_sqrt)(double_double x) {
    const double r = sqrt(x.high);
    return (double_double){r, 0.5 * (F(remainder)(r, r, x.high) + x.low) / (r + 0x1p-200)};
}

INLINED double F(asinh)(double x) {
    const double a = fabs(x), huge = a > 0x1p60, b = huge ? 1 : a;
    const double_double q = F(product)(b, b), w = F(sum)(1, q.high);
    const double_double root = F(long_sqrt)((double_double){w.high, w.low + q.low}), e = F(sum)(b, root.high - 1);
    const double small = F(log1p_of)(F(fast_sum)(e.high, e.low + root.low)), large = F(log)(a) + LN2;
    return copysign(a < 0x1p-28 ? a : huge ? large : small, x);
}

INLINED double F(acosh)(double x) {
    const double huge = x > 0x1p60, b = huge ? 2 : x;
    const double_double q = F(product)(b, b), w = F(sum)(q.high - 1, q.low);
    const double_double root = F(long_sqrt)(w), t = F(sum)(b, -1), e = F(sum)(t.high, root.high);
    const double small = F(log1p_of)(F(fast_sum)(e.high, e.low + (root.low + t.low))), large = F(log)(x) + LN2;
    return x < 1 ? NAN : huge ? large : x == x ? small : x;
}

INLINED double F(atanh)(double x) {
    const double a = fabs(x);
    const double_double down = F(fast_sum)(1, -a);
    const double y = 0.5 * F(log1p_of)(F(long_quotient)((double_double){2 * a, 0}, down, 1 / down.high));
    return copysign(a < 0x1p-28 ? a : a == 1 ? INFINITY : a < 1 ? y : NAN, x);
}

INLINED double F(sqrt)(double x) { return sqrt(x); }
INLINED double F(fabs)(double x) { return fabs(x); }
INLINED double F(signed_as)(double a, double b) { return copysign(a, b != b ? 1.0 : b); } /* of the table: nan has no sign */

INLINED double F(hypot)(double a, double b) {
    const double x = fabs(a), y = fabs(b), top = x > y ? x : y, low = x > y ? y : x;
    const double scale = top > 0x1p500 ? 0x1p-600 : top < 0x1p-400 ? 0x1p600 : 1;
    const double back = top > 0x1p500 ? 0x1p600 : top < 0x1p-400 ? 0x1p-600 : 1;
    const double u = top * scale, v = low * scale;
    const double r = back * sqrt(FMA(u, u, v * v));
    return x == INFINITY || y == INFINITY ? INFINITY : r;
}

/* by y = a w^2 with w = a^(-1/3): a polynomial, one cubic step for w, one corrected step for y; |x| = 8^q a, 0.35 < a < 2.83 */
INLINED double F(cbrt)(double x) {
    const double size = fabs(x);
    const split_number s = F(split_any)(size);
    const double rounded = FMA(s.k, 0x1.5555555555555p-2, ROUNDER), j = s.k - 3 * (rounded - ROUNDER);
    const double a = (1 + s.f) * (j > 0 ? 2 : j < 0 ? 0.5 : 1);
    const double factor = j > 0 ? 0x1.965fea53d6e3dp-1 : j < 0 ? 0x1.428a2f98d728bp+0 : 1; /* 2^(-j/3) */
    const double f = s.f, v = factor * FMA(f * f, FMA(f * f, FMA(f, -0x1.ba94e9d7accf7p-4, 0x1.4887a028ade5fp-3),
                                                      FMA(f, -0x1.68148f50d9092p-3, 0x1.c5d9008973bd0p-3)),
                                           FMA(f, -0x1.554259903a7aap-2, 0x1.00004090400b5p+0));
    const double e = FMA(-a * v, v * v, 1), w = FMA(v * e, FMA(e, 0x1.c71c71c71c71cp-3, 0x1.5555555555555p-2), v);
    const double y = a * w * w;
    const double_double square = F(product)(y, y), cube = F(product)(square.high, y);
    const double rest = (a - cube.high) - FMA(square.low, y, cube.low);
    const double r = FMA(rest * 0x1.5555555555555p-2, w * w, y) * F(two_to)(rounded);
    return size > 0 && size < INFINITY ? copysign(r, x) : x;
}

/* erf(x) / x - 1 in z = x^2, |x| <= 1/2; error 2^-56 */
INLINED double F(erf_tail)(double z) {
    const double w = z * z;
    const double a = F(cubic)(z, 0x1.06eba8214db68p-3, -0x1.812746b037949p-2, 0x1.ce2f21a03452dp-4, -0x1.b82ce30a69341p-6);
    const double b = F(quartic)(z, 0x1.565bcac49ff2dp-8, -0x1.c02cfb10bf5e2p-11, 0x1.f980f40fd888ap-14, -0x1.f124dce6c20d0p-17,
                                0x1.8327740640b39p-20);
    return FMA(w * w, b, a);
}

/* (1 + 2 x) exp(x^2) erfc(x) for 1/2 <= x <= 27.3 in q = (x - 3) / (x + 3) (Shepherd & Laframboise 1981); error 2^-56 */
INLINED double_double F(erfc_factor)(double q) {
    const double w = q * q * (q * q);
    const double a = F(cubic)(q, -0x1.15c084bb9e8f7p-3, -0x1.85a15c58aa559p-5, 0x1.098366a5b48f9p-3, -0x1.e88b803a4a37dp-4);
    const double b = F(cubic)(q, 0x1.17ca2877e5854p-4, -0x1.8574c40b59420p-6, 0x1.4b884e5f80bb1p-9, 0x1.ef1bdcd8aafedp-10);
    const double c = F(cubic)(q, -0x1.98db55897ecf0p-11, -0x1.b91235c8c212ep-14, 0x1.065aa6b320a20p-13, 0x1.4c0e52cf9e7b8p-18);
    const double d = F(cubic)(q, -0x1.5148e9308b449p-16, -0x1.85b533bb06fabp-21, 0x1.d311e35e7eb56p-19, 0x1.7032f8196c21ap-22);
    const double e = F(cubic)(q, -0x1.50c2e0b5a6ed6p-21, -0x1.019f53e937e20p-23, 0x1.d656243fa3199p-24, 0x1.7e6fa5b3b7bafp-26);
    const double p = FMA(w, FMA(w, FMA(w, FMA(w, FMA(w, -0x1.f4b386b2dab9ap-27, e), d), c), b), a);
    return F(fast_sum)(0x1.40c522d7e4987p+0, FMA(q, p, 0x1.85ecbb10082d3p-55));
}

/* erfc(x), x >= 1/2 */
INLINED double F(erfc_far)(double size) {
    const double x = size > 30 ? 30 : size;
    const double_double square = F(product)(x, x), p = F(erfc_factor)((x - 3) / (x + 3)), down = F(fast_sum)(2 * x, 1);
    const reduced a = F(by_ln2)(-square.high);
    const double_double r = F(fast_sum)(a.r, a.r_low - square.low), e = F(fast_sum)(1, r.high + F(exp_tail)(r.high, r.low));
    double_double up = F(product)(e.high, p.high);
    up.low += FMA(e.high, p.low, e.low * p.high);
    return F(scaled)(F(quotient)(up, down, 1 / down.high), a.rounded);
}

INLINED double F(erf)(double x) {
    const double a = fabs(x), near = FMA(a, F(erf_tail)(a * a), a);
    return copysign(a < 0.5 ? near : 1 - F(erfc_far)(a), x);
}

INLINED double F(erfc)(double x) {
    const double a = fabs(x), far = F(erfc_far)(a);
    const double_double y = F(fast_sum)(1, -x);
    const double near = y.high + FMA(-x, F(erf_tail)(a * a), y.low);
    return a < 0.5 ? near : x < 0 ? 2 - far : far;
}
