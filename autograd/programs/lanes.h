/* The loops of a recorded program for one instruction set: included by run.h once for each, under other names.

   The includer defines SET(name), the names of what is defined here; F(name), the functions of this set; V, the type of the
   numbers that are handled at once, WIDTH of them, and how many rows a loop takes (COUNT). A row of numbers is an offset into
   the workspace `w`, one number for each row of the block. */

#define W(r) (w + (size_t)(r))
#define AT(r) (*(V *)(w + (size_t)(r) + i))
#define CHUNKS for (size_t i = 0; i < COUNT; i += WIDTH)
#define TERM(p) PASSED(g, g * AT(p)) /* what comes in times the partial in row p */

#ifndef VALUES_ARE_KNOWN
#include "_values.h"
#endif

/* log(exp(x1) + exp(x2) + ...), shifted by the largest. */
static inline void SET(logsumexp)(const double *w, const unsigned *xs, unsigned n, double *out, size_t lanes) {
    double top[MOST_LANES], total[MOST_LANES], strange[MOST_LANES];
    (void)lanes;
    { EACH { top[i] = w[xs[0] + i], total[i] = strange[i] = 0.0; } }
    for (unsigned j = 0; j < n; j++) {
        const double *const x = w + xs[j];
        EACH {
            top[i] = x[i] > top[i] ? x[i] : top[i];
            strange[i] = x[i] == x[i] ? strange[i] : 1.0;
        }
    }
    for (unsigned j = 0; j < n; j++) {
        const double *const x = w + xs[j];
        EACH { total[i] += F(exp)(x[i] - top[i]); }
    }
    EACH {
        const double y = top[i] + F(log)(total[i]);
        out[i] = strange[i] != 0.0 ? NAN : F(fabs)(top[i]) == INFINITY ? top[i] : y;
    }
}

/* The product of many around a gap, and with `cofactors` that of the others than each (see product.h). */
#if WIDTH == 1
static inline void SET(factors)(const Step *s, const unsigned *list, double *w, size_t lanes, size_t stride, int cofactors) {
    (void)lanes;
    if (cofactors) cofactors_of(w, list + 1, s->b, w + s->p, stride);
    w[s->out] = product_of(w, list + 1, s->b, list[0]); /* whose row may be an operand's */
}
#else
#define PART(row) (((V *)(w + (size_t)(row)))[c])
#define COFACTOR(j) PART(s->p + (j) * stride)
#define ONE (ZERO + 1.0)
#define CHOSEN(c, a, b) ((V)(((c) & (MARKS)(a)) | (~(c) & (MARKS)(b))))
INLINED void SET(cofactors)(const Step *s, const unsigned *xs, double *w, size_t stride, int c) {
    const unsigned n = s->b;
    V before = ONE, after = ONE;
    for (unsigned j = n; n > FEW_FACTORS && j-- > 0;) COFACTOR(j) = after, after *= PART(xs[j]);
    for (unsigned j = 0; j < n; j++) {
        V y = before;
        if (n > FEW_FACTORS) y *= COFACTOR(j);
        else
            for (unsigned k = j + 1; k < n; k++) y *= PART(xs[k]);
        COFACTOR(j) = y;
        before *= PART(xs[j]);
    }
}

/* Some chunks at once, for a product waits for the one before it. */
INLINED void SET(factors_of_chunks)(const Step *s, const unsigned *list, size_t stride, int cofactors, double *w, int chunks) {
    const unsigned *const xs = list + 1, gap = list[0];
    V y[4], after[4], high[4], low[4]; /* no product of any operands is beyond those of the large ones and of the small ones */
    for (int c = 0; c < chunks; c++) y[c] = after[c] = high[c] = low[c] = ONE;
    for (unsigned j = 0; j < s->b; j++)
        for (int c = 0; c < chunks; c++) {
            const V x = PART(xs[j]), size = (V)((MARKS)x & ~(MARKS)(-ZERO));
            if (j < gap) y[c] *= x;
            high[c] *= CHOSEN(size > ONE, size, ONE);
            low[c] *= CHOSEN((size < ONE) & (size > ZERO), size, ONE);
        }
    for (unsigned j = s->b; j-- > gap;)
        for (int c = 0; c < chunks; c++) after[c] *= PART(xs[j]);
    for (int c = 0; c < chunks; c++) {
        const MARKS ordinary = (high[c] < ONE * 0x1p1000) & (low[c] > ONE * 0x1p-1000);
        if (cofactors) SET(cofactors)(s, xs, w, stride, c);
        y[c] *= after[c];
        for (int k = 0; k < WIDTH; k++)
            if (!ordinary[k]) {
                double *const lane = w + (size_t)c * WIDTH + k;
                if (cofactors) cofactors_of(lane, xs, s->b, lane + s->p, stride);
                y[c][k] = product_of(lane, xs, s->b, gap);
            }
    }
    for (int c = 0; c < chunks; c++) PART(s->out) = y[c]; /* whose row may be an operand's */
}

static inline void SET(factors)(const Step *s, const unsigned *list, double *w, size_t lanes, size_t stride, int cofactors) {
    size_t i = 0;
    for (; i + 4 * WIDTH <= lanes; i += 4 * WIDTH) SET(factors_of_chunks)(s, list, stride, cofactors, w + i, 4);
    for (; i + WIDTH <= lanes; i += WIDTH) SET(factors_of_chunks)(s, list, stride, cofactors, w + i, 1);
}
#undef PART
#undef COFACTOR
#undef ONE
#undef CHOSEN

static inline int SET(keep_far)(const double *xs, double *far, size_t lanes) {
    int beyond = 0;
    for (size_t i = 0; i < lanes; i++) beyond |= !(fabs(xs[i]) <= CIRCULAR_LIMIT);
    if (beyond) memcpy(far, xs, lanes * sizeof(double));
    return beyond;
}

static inline int SET(some_are_small)(const double *xs, size_t lanes) {
    int small = 0;
    for (size_t i = 0; i < lanes; i++) small |= F(is_small)(xs[i]);
    return small;
}

static inline int SET(all_are)(const double *xs, double number, size_t lanes) {
    int others = 0;
    for (size_t i = 0; i < lanes; i++) others |= xs[i] != number;
    return !others;
}

/* Loops over a block in groups of chunks that are held in registers: 8 of them, and what is left of 8 chunks. */
#define GROUPS(loop, ...) \
    size_t i = 0; \
    for (; i + 8 * WIDTH <= lanes; i += 8 * WIDTH) loop(__VA_ARGS__, w + i, 8); \
    if (i + 4 * WIDTH <= lanes) loop(__VA_ARGS__, w + i, 4), i += 4 * WIDTH; \
    if (i + 2 * WIDTH <= lanes) loop(__VA_ARGS__, w + i, 2), i += 2 * WIDTH; \
    if (i + WIDTH <= lanes) loop(__VA_ARGS__, w + i, 1);

/* A dot product of weights that all rows share with inputs of each row. List: the bias or NONE, then weight and input. */
INLINED void SET(dot_of_chunks)(const Step *s, const unsigned *list, const double *shared, double *w, int chunks) {
    V y[8], start = ZERO;
    if (list[0] != NONE) start += shared[list[0]];
    for (int c = 0; c < chunks; c++) y[c] = start;
    for (const unsigned *pair = list + 1, *end = pair + 2 * (size_t)s->b; pair < end; pair += 2) {
        const double weight = shared[pair[0]];
        const V *x = (const V *)(w + pair[1]);
        for (int c = 0; c < chunks; c++) y[c] += weight * x[c];
    }
    for (int c = 0; c < chunks; c++) ((V *)(w + s->out))[c] = y[c];
}

static inline void SET(dot_shared)(const Step *s, const unsigned *list, const double *shared, double *w, size_t lanes) {
    GROUPS(SET(dot_of_chunks), s, list, shared)
}

/* The sums of the lanes of WIDTH times SUMS / WIDTH vectors, each by halves. */
static inline V SET(folded)(V s[WIDTH][SUMS / WIDTH]) {
    V h[WIDTH];
#if WIDTH == 2
    for (int k = 0; k < WIDTH; k++) h[k] = (s[k][0] + s[k][2]) + (s[k][1] + s[k][3]);
    return SHUFFLED(h[0], h[1], 0, 2) + SHUFFLED(h[0], h[1], 1, 3);
#elif WIDTH == 4
    for (int k = 0; k < WIDTH; k++) h[k] = s[k][0] + s[k][1];
    for (int k = 0; k < WIDTH; k += 2) h[k] = SHUFFLED(h[k], h[k + 1], 0, 1, 4, 5) + SHUFFLED(h[k], h[k + 1], 2, 3, 6, 7);
    return SHUFFLED(h[0], h[2], 0, 2, 4, 6) + SHUFFLED(h[0], h[2], 1, 3, 5, 7);
#else
    for (int k = 0; k < WIDTH; k += 2)
        h[k] = SHUFFLED(s[k][0], s[k + 1][0], 0, 1, 2, 3, 8, 9, 10, 11) + SHUFFLED(s[k][0], s[k + 1][0], 4, 5, 6, 7, 12, 13, 14, 15);
    for (int k = 0; k < WIDTH; k += 4)
        h[k] = SHUFFLED(h[k], h[k + 2], 0, 1, 4, 5, 8, 9, 12, 13) + SHUFFLED(h[k], h[k + 2], 2, 3, 6, 7, 10, 11, 14, 15);
    return SHUFFLED(h[0], h[4], 0, 2, 4, 6, 8, 10, 12, 14) + SHUFFLED(h[0], h[4], 1, 3, 5, 7, 9, 11, 13, 15);
#endif
}

/* The gradients of a dot product's weights, summed over a block, if nothing else adds to them. Pairs as in sweep_dot. */
static inline void SET(sweep_weights)(const Link *b, const unsigned *list, double *totals, const double *w, size_t lanes) {
    const V *const g = (const V *)(w + b->g);
    const unsigned *pair = list + 1;
    const size_t chunks = lanes / WIDTH;
    for (unsigned j = 0; j < b->db; j += WIDTH, pair += 5 * WIDTH) {
        const unsigned some = b->db - j < WIDTH ? b->db - j : WIDTH;
        const V *x[WIDTH];
        V sum[WIDTH][SUMS / WIDTH];
        for (unsigned k = 0; k < WIDTH; k++) {
            x[k] = (const V *)(w + pair[k < some ? 5 * k + 2 : 2]);
            for (int q = 0; q < SUMS / WIDTH; q++) sum[k][q] = ZERO;
        }
        for (size_t c = 0; c < chunks; c += SUMS / WIDTH)
            for (int q = 0; q < SUMS / WIDTH; q++)
                for (int k = 0; k < WIDTH; k++) sum[k][q] += PASSED(g[c + q], g[c + q] * x[k][c + q]);
        const V total = SET(folded)(sum);
        for (unsigned k = 0; k < some; k++) totals[pair[5 * k + 1]] = total[k];
    }
    if (list[0] != NONE) {
        V sum[WIDTH][SUMS / WIDTH] = {{ZERO}};
        for (size_t c = 0; c < chunks; c++) sum[0][c % (SUMS / WIDTH)] += g[c];
        totals[list[0]] = SET(folded)(sum)[0];
    }
}

/* Its gradients. List: the bias's sum, then for each pair the weight, the weight's sum, the input, where to read and write; or NONE. */
INLINED void SET(sweep_dot_of_chunks)(
    const Link *b, const unsigned *list, const Bench *bench, int folded, double *w, int chunks
) {
    V g[8];
    for (int c = 0; c < chunks; c++) g[c] = ((const V *)(w + b->g))[c];
    if (list[0] != NONE && !folded)
        for (int c = 0; c < chunks; c++) ((V *)(bench->sums + SUMS * (size_t)list[0]))[c % (SUMS / WIDTH)] += g[c];
    for (const unsigned *pair = list + 1, *end = pair + 5 * (size_t)b->db; pair < end; pair += 5) {
        const double weight = bench->shared[pair[0]];
        if (pair[1] != NONE && !folded) {
            V *const at = (V *)(bench->sums + SUMS * (size_t)pair[1]), sum[SUMS / WIDTH];
            const V *const x = (const V *)(w + pair[2]);
            for (int q = 0; q < SUMS / WIDTH; q++) sum[q] = at[q];
            for (int c = 0; c < chunks; c++) sum[c % (SUMS / WIDTH)] += PASSED(g[c], g[c] * x[c]);
            for (int q = 0; q < SUMS / WIDTH; q++) at[q] = sum[q];
        }
        if (pair[4] != NONE) {
            const V *const read = (const V *)(w + pair[3]);
            V *const write = (V *)(w + pair[4]);
            for (int c = 0; c < chunks; c++) write[c] = read[c] + PASSED(g[c], g[c] * weight);
        }
    }
}

static inline void SET(sweep_dot)(const Link *b, const unsigned *list, const Bench *bench, double *w, size_t lanes) {
    const int folded = bench->whole && b->pa;
    if (folded) SET(sweep_weights)(b, list, bench->totals, w, lanes);
    if (folded && !b->pb) return;
    GROUPS(SET(sweep_dot_of_chunks), b, list, bench, folded)
}

/* Layers of dot products of shared weights (see layers.h): some outputs, or gradients, share the loads of a few chunks. */
enum { SET(MOST_CHUNKS) = WIDTH == 8 ? 4 : 2 };
#define TILES(loop, ...) \
    size_t i = 0; \
    for (; i + SET(MOST_CHUNKS) * WIDTH <= lanes; i += SET(MOST_CHUNKS) * WIDTH) loop(__VA_ARGS__, w + i, SET(MOST_CHUNKS)); \
    for (; WIDTH == 8 && i + 2 * WIDTH <= lanes; i += 2 * WIDTH) loop(__VA_ARGS__, w + i, 2); \
    for (; WIDTH == 8 && i + WIDTH <= lanes; i += WIDTH) loop(__VA_ARGS__, w + i, 1);

/* A number in all lanes. AVX-512 loads it as an integer: as a float it would take the time of a product. */
static inline V SET(in_all)(const double *x) {
#if WIDTH == 8
    long long bits;
    memcpy(&bits, x, sizeof bits);
    return (V)((MARKS){0} + bits);
#else
    return *x - ZERO;
#endif
}

/* `some` outputs from number k on. */
INLINED void SET(outputs)(const Step *s, const unsigned *list, const double *shared, double *w, int chunks, unsigned k, unsigned some) {
    const unsigned odd = list[0], *const outs = list + 1 + (odd ? s->p : 0), *const xs = outs + s->p;
    const double *weights[4];
    V y[4][4];
    for (unsigned r = 0; r < some; r++) {
        V start = ZERO;
        weights[r] = shared + xs[s->b + k + r];
        if (odd) start += shared[list[1 + k + r]];
        for (int c = 0; c < chunks; c++) y[r][c] = start;
    }
    for (unsigned j = 0; j < s->b; j++) {
        V x[4];
        for (int c = 0; c < chunks; c++) x[c] = ((const V *)(w + xs[j]))[c];
        for (unsigned r = 0; r < some; r++) {
            const V weight = SET(in_all)(weights[r] + j);
            for (int c = 0; c < chunks; c++) y[r][c] += weight * x[c];
        }
    }
    for (unsigned r = 0; r < some; r++)
        for (int c = 0; c < chunks; c++) ((V *)(w + outs[k + r]))[c] = y[r][c];
}

INLINED void SET(outputs_of_chunks)(const Step *s, const unsigned *list, const double *shared, double *w, int chunks) {
    unsigned k = 0;
    for (; k + 4 <= s->p; k += 4) SET(outputs)(s, list, shared, w, chunks, k, 4);
    for (; k < s->p; k++) SET(outputs)(s, list, shared, w, chunks, k, 1);
}

static void SET(layer_shared)(const Step *s, const unsigned *list, const double *shared, double *w, size_t lanes) {
    TILES(SET(outputs_of_chunks), s, list, shared)
}

/* Gradients of `some` numbers of the vector from j on. */
INLINED void SET(gradients)(
    const Link *b, const unsigned *list, const double *shared, int finite, double *w, int chunks, unsigned j, unsigned some
) {
    const unsigned *const at = list + b->db + 2 * (size_t)j, *const first = list + b->db + 2 * (size_t)b->sa;
    V d[4][4];
    for (unsigned r = 0; r < some; r++)
        for (int c = 0; c < chunks; c++) d[r][c] = at[2 * r] == NONE ? ZERO : ((const V *)(w + at[2 * r]))[c];
    for (unsigned k = 0; k < b->db; k++) {
        const double *const weights = shared + first[k] + j;
        V g[4];
        for (int c = 0; c < chunks; c++) g[c] = ((const V *)(w + list[k]))[c];
        for (unsigned r = 0; r < some; r++) {
            const V weight = SET(in_all)(weights + r);
            for (int c = 0; c < chunks; c++) d[r][c] += finite ? (V)(g[c] * weight) : PASSED(g[c], g[c] * weight);
        }
    }
    for (unsigned r = 0; r < some; r++)
        for (int c = 0; c < chunks && at[2 * r + 1] != NONE; c++) ((V *)(w + at[2 * r + 1]))[c] = d[r][c];
}

INLINED void SET(gradients_of_chunks)(const Link *b, const unsigned *list, const double *shared, int finite, double *w, int chunks) {
    unsigned j = 0;
    for (; j + 4 <= b->sa; j += 4) SET(gradients)(b, list, shared, finite, w, chunks, j, 4);
    for (; j < b->sa; j++) SET(gradients)(b, list, shared, finite, w, chunks, j, 1);
}

static void SET(layer_vector)(const Link *b, const unsigned *list, const Bench *bench, double *w, size_t lanes) {
    if (bench->finite) { TILES(SET(gradients_of_chunks), b, list, bench->shared, 1) }
    else { TILES(SET(gradients_of_chunks), b, list, bench->shared, 0) }
}

typedef struct { const unsigned *in, *biases, *xs, *first; } SET(Uses); /* what the list of a LAYER_WEIGHTS has */

/* Gradients of `some` weights, from j on, of `rows` members from k on, over all uses. */
INLINED void SET(weights_of_tile)(
    const Link *b, const SET(Uses) *of, const Bench *bench, const double *w, size_t lanes, int folded, int finite,
    size_t k, int rows, size_t j, size_t some
) {
    V sum[2][WIDTH][SUMS / WIDTH];
    for (int r = 0; r < rows; r++)
        for (size_t q = 0; q < WIDTH; q++)
            for (size_t p = 0; p < SUMS / WIDTH; p++)
                sum[r][q][p] = folded || q >= some ? ZERO : ((const V *)(bench->sums + SUMS * (of->first[k + r] + j + q)))[p];
    for (size_t u = 0; u < b->da; u++) {
        const double *g[2], *x[WIDTH];
        for (int r = 0; r < rows; r++) g[r] = w + of->in[u * b->db + k + r];
        for (size_t q = 0; q < some; q++) x[q] = w + of->xs[u * b->sa + j + q];
        for (size_t i = 0; i < lanes; i += SUMS)
            for (size_t p = 0; p < SUMS; p += WIDTH) {
                V in[2], at[WIDTH];
                for (int r = 0; r < rows; r++) in[r] = *(const V *)(g[r] + i + p);
                for (size_t q = 0; q < some; q++) at[q] = *(const V *)(x[q] + i + p);
                for (size_t q = 0; q < some; q++)
                    for (int r = 0; r < rows; r++)
                        sum[r][q][p / WIDTH] += finite ? (V)(in[r] * at[q]) : PASSED(in[r], in[r] * at[q]);
            }
    }
    for (int r = 0; r < rows; r++)
        if (folded) {
            const V total = SET(folded)(sum[r]);
            memcpy(bench->totals + of->first[k + r] + j, &total, some * sizeof(double));
        } else
            for (size_t q = 0; q < some; q++)
                for (size_t p = 0; p < SUMS / WIDTH; p++) ((V *)(bench->sums + SUMS * (of->first[k + r] + j + q)))[p] = sum[r][q][p];
}

INLINED void SET(weights_of_columns)(
    const Link *b, const SET(Uses) *of, const Bench *bench, const double *w, size_t lanes, int folded, int finite, size_t j, size_t some
) {
    size_t k = 0;
    for (; WIDTH == 8 && k + 2 <= b->db; k += 2) SET(weights_of_tile)(b, of, bench, w, lanes, folded, finite, k, 2, j, some);
    for (; k < b->db; k++) SET(weights_of_tile)(b, of, bench, w, lanes, folded, finite, k, 1, j, some);
}

/* Some columns, whose inputs stay near, with all members. */
INLINED void SET(weights_of_layer)(
    const Link *b, const SET(Uses) *of, const Bench *bench, const double *w, size_t lanes, int folded, int finite
) {
    size_t j = 0;
    for (; j + WIDTH <= b->sa; j += WIDTH) SET(weights_of_columns)(b, of, bench, w, lanes, folded, finite, j, WIDTH);
    for (; j < b->sa; j++) SET(weights_of_columns)(b, of, bench, w, lanes, folded, finite, j, 1);
}

static void SET(biases_of_layer)(const Link *b, const SET(Uses) *of, const Bench *bench, const double *w, size_t lanes, int folded) {
    for (unsigned k = 0; k < b->db; k++) {
        if (of->biases[k] == NONE) continue;
        V sum[WIDTH][SUMS / WIDTH] = {{ZERO}};
        V *const at = folded ? sum[0] : (V *)(bench->sums + SUMS * (size_t)of->biases[k]);
        for (unsigned u = 0; u < b->da; u++)
            for (size_t c = 0; c < lanes / WIDTH; c++) at[c % (SUMS / WIDTH)] += ((const V *)(w + of->in[u * b->db + k]))[c];
        if (folded) bench->totals[of->biases[k]] = SET(folded)(sum)[0];
    }
}

/* Whether the numbers of some rows are all finite: then nothing but 0 is passed on where 0 comes in. */
static inline int SET(are_finite)(const unsigned *xs, size_t n, const double *w, size_t lanes) {
    V sum = ZERO;
    for (size_t j = 0; j < n; j++)
        for (size_t c = 0; c < lanes / WIDTH; c++) sum += ((const V *)(w + xs[j]))[c] * 0.0;
    int others = 0;
    for (int k = 0; k < WIDTH; k++) others |= sum[k] != 0.0;
    return !others;
}

static void SET(layer_weights)(const Link *b, const unsigned *list, const Bench *bench, double *w, size_t lanes) {
    const size_t uses = b->da;
    const unsigned *const biases = list + uses * b->db, *const xs = biases + b->db;
    const SET(Uses) of = {list, biases, xs, xs + uses * b->sa};
    const int folded = bench->whole && b->pa, finite = SET(are_finite)(xs, uses * b->sa, w, lanes);
    SET(biases_of_layer)(b, &of, bench, w, lanes, folded);
    if (folded && finite) SET(weights_of_layer)(b, &of, bench, w, lanes, 1, 1);
    else if (folded) SET(weights_of_layer)(b, &of, bench, w, lanes, 1, 0);
    else if (finite) SET(weights_of_layer)(b, &of, bench, w, lanes, 0, 1);
    else SET(weights_of_layer)(b, &of, bench, w, lanes, 0, 0);
}
#undef TILES
#endif

#include "take.h"

/* Values, and the partials that are stored: the steps of the program in order. Returns -1 if a called function failed,
   1 if SEEN has seen a number that is not finite. */
ALIGNED static int SET(forward)(const Step *s, const Step *end, const Bench *bench, double *w, size_t lanes) {
    const unsigned *const list = bench->list;
    const double *const shared = bench->shared;
    int seen = 0;
    (void)lanes, (void)shared;
    for (; s < end; s++) {
        const unsigned *const xs = list + s->a;
        switch (s->kernel) {
#include "_cases.h"
        case SUM:
            CHUNKS {
                V y = ZERO;
                for (unsigned j = 0; j < s->b; j++) y += AT(xs[j]);
                AT(s->out) = y;
                SEEN(y)
            }
            break;
        case DOT: /* list: s->b weights, as many inputs, and with s->p the bias, which comes first */
            CHUNKS {
                V y = ZERO;
                if (s->p) y += AT(xs[2 * s->b]);
                for (unsigned j = 0; j < s->b; j++) y += AT(xs[j]) * AT(xs[s->b + j]);
                AT(s->out) = y;
                SEEN(y)
            }
            break;
        case PRODUCT:
        case COFACTORS:
            SET(factors)(s, xs, w, COUNT, STRIDE, s->kernel == COFACTORS);
            SEEN(w[s->out])
            break;
        case LOGSUMEXP:
            SET(logsumexp)(w, xs, s->b, w + s->out, lanes);
            SEEN(w[s->out])
            break;
        case TAKE:
        case TAKE_SHARED:
            SET(take)(s, xs, s->kernel == TAKE ? NULL : shared, w, COUNT);
            SEEN(w[s->out])
            break;
        case CALL:
            if (bench->call(bench->caller, xs, s->b, w, s->out, s->p, COUNT, STRIDE) < 0) return -1;
            SEEN(w[s->out])
            break;
#if WIDTH > 1
        case DOT_SHARED: SET(dot_shared)(s, xs, shared, w, lanes); break;
        case LAYER_SHARED: SET(layer_shared)(s, xs, shared, w, lanes); break;
#elif VECTORS
        case LAY:
            if (xs[0]) bench->set->lay(s, xs + 1, w);
            else lay_anew(s, xs + 1, w);
            break;
        case LAYER: seen |= bench->set->layer(s, xs, w); break;
#endif
        }
    }
    return seen;
}

/* Gradients, or tangents: each link adds to `s` what comes in at `g` times a partial. Where nothing comes in (exactly 0)
   nothing is passed on, even through an infinite partial; in a choice (OPEN) nothing passes through a partial of 0. Tangents
   (ALONG) are nan there: they are computed again in reverse. */
ALIGNED static inline void SET(sweep)(const Link *b, const Link *end, const Bench *bench, double *w, size_t lanes) {
    double *const sums = bench->sums;
    (void)lanes;
    for (; b < end; b++) {
        const unsigned *const list = bench->list + b->sb;
        switch (b->kind) {
        case ONE_PLUS: CHUNKS { AT(b->da) = AT(b->sa) + AT(b->g); } break;
        case ONE_MINUS: CHUNKS { AT(b->da) = AT(b->sa) - AT(b->g); } break;
        case ONE_TIMES: CHUNKS { const V g = AT(b->g); AT(b->da) = AT(b->sa) + TERM(b->pa); } break;
        case ONE_IF: CHUNKS { AT(b->da) = AT(b->sa) + PASSED(AT(b->pa), AT(b->g)); } break;
        case ONE_UNLESS: CHUNKS { AT(b->da) = AT(b->sa) + STOPPED(AT(b->pa), AT(b->g)); } break;
        case ONE_OPEN: CHUNKS { const V g = AT(b->g), d = AT(b->pa); AT(b->da) = AT(b->sa) + PASSED(g, PASSED(d, g * d)); } break;
        case TWO_PLUS: CHUNKS { const V g = AT(b->g); AT(b->da) = AT(b->sa) + g; AT(b->db) = AT(b->sb) + g; } break;
        case TWO_TIMES: CHUNKS { const V g = AT(b->g); AT(b->da) = AT(b->sa) + TERM(b->pa); AT(b->db) = AT(b->sb) + TERM(b->pb); } break;
        case NEW_PLUS: CHUNKS { AT(b->da) = AT(b->g); } break;
        case NEW_TIMES: CHUNKS { const V g = AT(b->g); AT(b->da) = TERM(b->pa); } break;
        case NEW_OPEN: CHUNKS { const V g = AT(b->g), d = AT(b->pa); AT(b->da) = PASSED(g, PASSED(d, g * d)); } break;
        case NEW_PLUS_PLUS: CHUNKS { const V g = AT(b->g); AT(b->da) = g; AT(b->db) = AT(b->sb) + g; } break;
        case NEW_TWO_PLUS: CHUNKS { const V g = AT(b->g); AT(b->da) = AT(b->db) = g; } break;
        case NEW_TIMES_TIMES: CHUNKS { const V g = AT(b->g); AT(b->da) = TERM(b->pa); AT(b->db) = AT(b->sb) + TERM(b->pb); } break;
        case NEW_TWO_TIMES: CHUNKS { const V g = AT(b->g); AT(b->da) = TERM(b->pa); AT(b->db) = TERM(b->pb); } break;
        case MANY_PLUS: /* list: where to read and where to write */
            CHUNKS {
                const V g = AT(b->g);
                for (unsigned j = 0; j < b->db; j++) AT(list[2 * j + 1]) = AT(list[2 * j]) + g;
            }
            break;
        case MANY_TIMES: /* and the partial */
            CHUNKS {
                const V g = AT(b->g);
                for (unsigned j = 0; j < b->db; j++) AT(list[3 * j + 1]) = AT(list[3 * j]) + TERM(list[3 * j + 2]);
            }
            break;
        case TAKE_BACK: SET(take_back)(b, list, w, COUNT); break;
        case SHARED_TAKE: SET(take_back_shared)(b, list, sums, w, COUNT); break;
        case TAKE_ALONG: SET(take_along)(b, list, w, COUNT); break;
        case ALONG_TIMES: CHUNKS { AT(b->da) = AT(b->sa) + AT(b->g) * AT(b->pa); } break;
        case ALONG_OPEN: CHUNKS { const V d = AT(b->pa); AT(b->da) = AT(b->sa) + PASSED(d, AT(b->g) * d); } break;
        /* to an input that all rows share: row r goes to running sum r % SUMS */
#define SUM_AT (*(V *)(sums + SUMS * (size_t)b->da + i % SUMS))
        case SHARED_PLUS: CHUNKS { SUM_AT += AT(b->g); } break;
        case SHARED_MINUS: CHUNKS { SUM_AT -= AT(b->g); } break;
        case SHARED_TIMES: CHUNKS { const V g = AT(b->g); SUM_AT += TERM(b->pa); } break;
        case SHARED_IF: CHUNKS { SUM_AT += PASSED(AT(b->pa), AT(b->g)); } break;
        case SHARED_UNLESS: CHUNKS { SUM_AT += STOPPED(AT(b->pa), AT(b->g)); } break;
        case SHARED_OPEN: CHUNKS { const V g = AT(b->g), d = AT(b->pa); SUM_AT += PASSED(g, PASSED(d, g * d)); } break;
#undef SUM_AT
#if WIDTH > 1
        case SHARED_DOT: SET(sweep_dot)(b, list, bench, w, lanes); break;
        case LAYER_VECTOR: SET(layer_vector)(b, list, bench, w, lanes); break;
        case LAYER_WEIGHTS: SET(layer_weights)(b, list, bench, w, lanes); break;
#elif VECTORS
        case LAYER_BACK: bench->set->layer_back(b, list, w, bench->known); break;
        case LAYER_WEIGHTS: bench->set->weights_back(b, list, w, bench->known); break;
#endif
        }
    }
}

#undef W
#undef AT
#undef CHUNKS
#undef TERM
#undef GROUPS
