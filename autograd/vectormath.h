/* The elementary functions as branch-free C, for loops over rows that the compiler turns into vector code.

   The includer includes this file once for each instruction set, with two macros:
     F(name)       pastes the instruction set's suffix to a function's name,
     FMA(a, b, c)  is __builtin_fma(a, b, c) where the instruction set has it, else ((a) * (b) + (c)).
   All sets with FMA give the same bits. Compile with -ffp-contract=off -fno-math-errno -fno-trapping-math, never -ffast-math.
   The functions hold over all doubles, with C's values at nan, infinities, signed zeros and subnormal numbers. */

#ifndef VECTORMATH_CONSTANTS
#define VECTORMATH_CONSTANTS
#include <math.h>
#include <stdint.h>
#include <string.h>

#define LOG2_E 0x1.71547652b82fep+0
#define LN2_HIGH 0x1.62e42fefa3800p-1 /* 42 bits: times a whole number below 2^11 is exact */
#define LN2_LOW 0x1.ef35793c76730p-45
#define ROUNDER 0x1.8p52 /* x + ROUNDER holds x, rounded to a whole number, in its last bits */
#define ONE_BITS 0x3ff0000000000000u
#define SQRT_HALF_BITS 0x3fe6a09e667f3bcdu
#define EXPONENT_BITS 0xfff0000000000000u

typedef struct { double high, low; } double_double;
typedef struct { double rounded, r, r_low; } reduced;
typedef struct { double k, f, scale; } split_number;
typedef struct { double_double sinh, cosh; double rounded; } hyperbolic;
#endif

static inline uint64_t F(bits)(double x) { uint64_t b; memcpy(&b, &x, sizeof b); return b; }
static inline double F(number)(uint64_t b) { double x; memcpy(&x, &b, sizeof x); return x; }

/* a + b x + c x^2 + d x^3 */
static inline double F(cubic)(double x, double a, double b, double c, double d) {
    return FMA(x * x, FMA(d, x, c), FMA(b, x, a));
}

static inline double F(quartic)(double x, double a, double b, double c, double d, double e) {
    return FMA(x * x, FMA(x * x, e, FMA(d, x, c)), FMA(b, x, a));
}

/* a + b, |a| >= |b| or a == 0, as the rounded sum and what it lost (Dekker 1971) */
static inline double_double F(fast_sum)(double a, double b) {
    const double s = a + b;
    return (double_double){s, (a - s) + b};
}

/* a + b for any two (Knuth) */
static inline double_double F(sum)(double a, double b) {
    const double s = a + b, v = s - a;
    return (double_double){s, (a - (s - v)) + (b - v)};
}

/* a * b, as the rounded product and what it lost: by FMA, or where FMA rounds twice by Dekker's splitting */
static inline double_double F(product)(double a, double b) {
    const double p = a * b;
    if (FMA(1 + 0x1p-30, 1 - 0x1p-30, -1.0) != 0) return (double_double){p, FMA(a, b, -p)};
    const double sa = a * 0x1.0000002p27, ah = sa - (sa - a), al = a - ah;
    const double sb = b * 0x1.0000002p27, bh = sb - (sb - b), bl = b - bh;
    return (double_double){p, ((ah * bh - p) + ah * bl + al * bh) + al * bl};
}

/* c - a * b where that is a double or nearly cancels */
static inline double F(remainder)(double a, double b, double c) {
    if (FMA(1 + 0x1p-30, 1 - 0x1p-30, -1.0) != 0) return FMA(-a, b, c);
    const double_double p = F(product)(a, b);
    return (c - p.high) - p.low;
}

/* 2^n from n + ROUNDER, -1023 < n < 1024 */
static inline double F(two_to)(double rounded) { return F(number)((F(bits)(rounded) << 52) + ONE_BITS); }

/* y 2^n from n + ROUNDER, |n| < 2000: in two steps, for overflow and subnormal results */
static inline double F(scaled)(double y, double rounded) {
    const uint64_t b = F(bits)(rounded), half = b >> 1;
    return y * F(number)((half << 52) + ONE_BITS) * F(number)(((b - half) << 52) + ONE_BITS);
}

/* x = n ln 2 + r + r_low (Cody & Waite 1980) */
static inline reduced F(by_ln2)(double x) {
    const double rounded = FMA(x, LOG2_E, ROUNDER), n = rounded - ROUNDER;
    const double high = FMA(n, -LN2_HIGH, x), r = FMA(n, -LN2_LOW, high);
    return (reduced){rounded, r, FMA(n, -LN2_LOW, high - r)};
}

/* (sinh r - r) / r^3 and (cosh r - 1 - r^2/2) / r^4 in z = r^2, |r| <= ln(2)/2; errors 2^-61 and 2^-70 of the whole */
static inline double F(sinh_tail)(double z) {
    return F(quartic)(z, 0x1.5555555555559p-3, 0x1.111111110f62ap-7, 0x1.a01a01b020993p-13,
                      0x1.71ddf7ae199ccp-19, 0x1.af5ff8b7820d2p-26);
}
static inline double F(cosh_tail)(double z) {
    return F(quartic)(z, 0x1.5555555555558p-5, 0x1.6c16c16c14ffap-10, 0x1.a01a01ad81032p-16,
                      0x1.27e4cc0928fc2p-22, 0x1.1f8bee8271319p-29);
}

/* exp(r + r_low) - 1 - r */
static inline double F(exp_tail)(double r, double r_low) {
    const double z = r * r;
    return FMA(0.5, z, FMA(z * r, FMA(r, F(cosh_tail)(z), F(sinh_tail)(z)), r_low));
}

static inline double F(exp)(double x) {
    const reduced a = F(by_ln2)(x);
    const double y = F(scaled)(1 + (a.r + F(exp_tail)(a.r, a.r_low)), a.rounded);
    return x > 750 ? INFINITY : x < -750 ? 0 : y;
}

static inline double F(expm1)(double x) {
    const reduced a = F(by_ln2)(x);
    const double half = F(two_to)(a.rounded - 1);
    const double_double one = F(fast_sum)(half, -0.5), s = F(fast_sum)(one.high, half * a.r);
    const double y = 2 * (s.high + FMA(half, F(exp_tail)(a.r, a.r_low), s.low + one.low));
    return fabs(x) < 0x1p-54 ? x : x > 710 ? INFINITY : x < -50 ? -1 : y;
}

/* sinh|x| and cosh|x|, both over 2^(n-1), by the addition theorem: e^|x| = 2^n e^r */
static inline hyperbolic F(hyperbolic)(double x) {
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

static inline double F(cosh)(double x) {
    const hyperbolic h = F(hyperbolic)(x);
    return F(scaled)(h.cosh.high, h.rounded - 1);
}

static inline double F(sinh)(double x) {
    const hyperbolic h = F(hyperbolic)(x);
    return copysign(F(scaled)(h.sinh.high, h.rounded - 1), x);
}

/* a / b, where inverse is 1 / b.high rounded */
static inline double F(quotient)(double_double a, double_double b, double inverse) {
    const double q = a.high * inverse;
    return FMA(F(remainder)(q, b.high, a.high) + FMA(-q, b.low, a.low), inverse, q);
}

static inline double F(tanh)(double x) {
    const hyperbolic h = F(hyperbolic)(x);
    return copysign(F(quotient)(h.sinh, h.cosh, 1 / h.cosh.high), x);
}

static inline double F(sech)(double x) {
    const hyperbolic h = F(hyperbolic)(x);
    return F(scaled)(F(quotient)((double_double){1, 0}, h.cosh, 1 / h.cosh.high), ROUNDER - (h.rounded - (ROUNDER + 1)));
}

/* x = 2^k (1 + f), sqrt(1/2) <= 1 + f < sqrt(2), x normal and positive; scale = 2^-k */
static inline split_number F(split)(double x) {
    const uint64_t b = F(bits)(x) + (ONE_BITS - SQRT_HALF_BITS);
    const double k = F(number)((b >> 52) | 0x4330000000000000u) - (0x1p52 + 1023);
    const double m = F(number)((b & ~EXPONENT_BITS) + SQRT_HALF_BITS);
    return (split_number){k, m - 1, F(number)((2046ull << 52) - (b & EXPONENT_BITS))};
}

/* k ln 2 + log(1 + f) + rest */
static inline double F(log_of)(double k, double f, double rest) {
    const double s = f / (2 + f), z = s * s, w = z * z, half = 0.5 * f * f;
    const double r = z * FMA(w * w, FMA(w, 0x1.2f04852d66de8p-3, FMA(z, 0x1.39a1d72018a87p-3, 0x1.74663d7ebfd16p-3)),
                             F(cubic)(z, 0x1.5555555555592p-1, 0x1.999999997ff13p-2, 0x1.24924941e2d2ap-2, 0x1.c71c52124008bp-3));
    const double_double h = F(fast_sum)(k * LN2_HIGH, f);
    return h.high + (h.low - (half - FMA(s, half + r, FMA(k, LN2_LOW, rest))));
}

/* y where 0 < x < inf, else what a logarithm is there */
static inline double F(log_or)(double x, double y) {
    return x > 0 ? (x < INFINITY ? y : x) : (x == 0 ? -INFINITY : NAN);
}

static inline double F(log)(double x) {
    const double tiny = x < 0x1p-1022 ? 54 : 0;
    const split_number a = F(split)(tiny ? x * 0x1p54 : x);
    return F(log_or)(x, F(log_of)(a.k - tiny, a.f, 0));
}

static inline double F(log1p)(double x) {
    const double_double u = F(sum)(1, x);
    const split_number a = F(split)(u.high);
    const double_double f = F(fast_sum)(a.f, a.k < 60 ? u.low * a.scale : 0);
    const double y = F(log_or)(u.high, F(log_of)(a.k, f.high, f.low));
    return fabs(x) < 0x1p-54 ? x : y;
}
