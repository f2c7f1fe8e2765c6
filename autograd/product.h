/* Products of many numbers, as if exponents had no bounds: from left to right, each step rounded as ever, and only the result goes
   into a double. So 1e200 * 1e200 * 1e-200 * 1e-200 is 1. special.py says this once more in Python.

   The numbers are w[at[0]], w[at[1]], ..., or without `at` w[0], w[1], ... FEW_FACTORS comes from the table. */

#ifndef PRODUCT_H
#define PRODUCT_H
#include <math.h>

typedef struct { double part; long long exponent; } Wide; /* part * 2^exponent, and 2^-500 <= |part| <= 2^500 or 0, inf, nan */

static inline void tame(double *x, long long *exponent) {
    const double size = fabs(*x);
    if (size <= 0x1p500 && size >= 0x1p-500) return;
    if (size > 0x1p500 && size < INFINITY) *x *= 0x1p-600, *exponent += 600;
    if (size < 0x1p-500 && size > 0.0) *x *= 0x1p600, *exponent -= 600;
}

static inline void multiply(Wide *y, double x) {
    tame(&x, &y->exponent);
    y->part *= x;
    tame(&y->part, &y->exponent);
}

static inline double narrow(Wide y) {
    return y.exponent == 0 ? y.part : ldexp(y.part, y.exponent > 4000 ? 4000 : y.exponent < -4000 ? -4000 : (int)y.exponent);
}

/* The first `gap` of them from left to right, times those behind from right to left: as cofactors_of has the product of all but one. */
static double product_of(const double *w, const unsigned *at, unsigned n, unsigned gap) {
    Wide y = {1.0, 0}, after = {1.0, 0};
    for (unsigned i = 0; i < gap; i++) multiply(&y, w[at == NULL ? i : at[i]]);
    if (gap == n) return narrow(y);
    for (unsigned i = n; i-- > gap;) multiply(&after, w[at == NULL ? i : at[i]]);
    multiply(&y, after.part);
    y.exponent += after.exponent;
    return narrow(y);
}

/* How many stand before the gap, as the first operand says it. */
static inline unsigned gap_at(double x, unsigned n) { return (unsigned)fmin(fmax(x, 0.0), (double)n); }

/* The products of all but one, `stride` apart. */
static void cofactors_of(const double *w, const unsigned *at, unsigned n, double *products, size_t stride) {
    Wide before = {1.0, 0}, after = {1.0, 0};
    for (unsigned i = n; n > FEW_FACTORS && i-- > 0;) {
        products[i * stride] = after.part;
        multiply(&after, w[at == NULL ? i : at[i]]);
    }
    for (unsigned i = 0; i < n; i++) {
        const double x = w[at == NULL ? i : at[i]];
        Wide y = before;
        if (n > FEW_FACTORS) { /* the exponent of what comes after x: that of what begins with x, without what x has brought */
            Wide with = {products[i * stride], 0};
            multiply(&with, x);
            after.exponent -= with.exponent;
            multiply(&y, products[i * stride]);
            y.exponent += after.exponent;
        } else
            for (unsigned j = i + 1; j < n; j++) multiply(&y, w[at == NULL ? j : at[j]]);
        products[i * stride] = narrow(y);
        multiply(&before, x);
    }
}

/* The whole part of log2|x|, 0 where there is none; a 2^-k. */
static inline double exponent_of(double x) { return x != 0.0 && fabs(x) < INFINITY ? logb(x) : 0.0; }
static inline double lowered(double a, double k) { return ldexp(a, k > 2000.0 ? -2000 : k < -2000.0 ? 2000 : -(int)k); }
#endif
