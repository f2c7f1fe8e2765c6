/* The layers of layers.h, for one instruction set: included by sets.h once for each. No product is fused with a sum. */

#define OF_WIDTH(name, width) JOINED(JOINED(SET(name), _), width)
#define MARKED_BY(N, c, t) ((Loose##N)((Marks##N)((c) != 0.0) & (Marks##N)(t)))
#if WIDTH > 4
#define NAMED(name) OF_WIDTH(name, 8)
#define T Loose8
#define MARKED(c, t) MARKED_BY(8, c, t)
#include "strips.h"
#endif
#if WIDTH > 2
#define NAMED(name) OF_WIDTH(name, 4)
#define T Loose4
#define MARKED(c, t) MARKED_BY(4, c, t)
#include "strips.h"
#endif
#define NAMED(name) OF_WIDTH(name, 2)
#define T Loose2
#define MARKED(c, t) MARKED_BY(2, c, t)
#include "strips.h"
#define NAMED(name) OF_WIDTH(name, 1)
#define T double
#define MARKED(c, t) ((c) != 0.0 ? (t) : 0.0)
#include "strips.h"
#undef MARKED_BY

/* `size` neighbours in strips of some vectors, then of fewer, then of narrower ones: LOOP(width, chunks) is told i, where one begins. */
#define STRIP(LOOP, width, chunks) for (; i + (chunks) * (width) <= size; i += (chunks) * (width)) LOOP(width, chunks)
#if WIDTH > 4
#define NARROWER(LOOP) STRIP(LOOP, 4, 1) STRIP(LOOP, 2, 1) STRIP(LOOP, 1, 1)
#elif WIDTH > 2
#define NARROWER(LOOP) STRIP(LOOP, 2, 1) STRIP(LOOP, 1, 1)
#else
#define NARROWER(LOOP) STRIP(LOOP, 1, 1)
#endif
#define STRIPS(LOOP) STRIP(LOOP, WIDTH, 4) STRIP(LOOP, WIDTH, 2) STRIP(LOOP, WIDTH, 1) NARROWER(LOOP)

TAKE_OUT(SET(take_out))

/* Rows of WIDTH by WIDTH numbers become columns. */
static inline void SET(transpose)(V r[WIDTH]) {
    V s[WIDTH];
#if WIDTH == 2
    s[0] = SHUFFLED(r[0], r[1], 0, 2), s[1] = SHUFFLED(r[0], r[1], 1, 3);
#elif WIDTH == 4
    for (int k = 0; k < WIDTH; k += 2) s[k] = SHUFFLED(r[k], r[k + 1], 0, 4, 2, 6), s[k + 1] = SHUFFLED(r[k], r[k + 1], 1, 5, 3, 7);
    for (int k = 0; k < 2; k++) r[k] = SHUFFLED(s[k], s[k + 2], 0, 1, 4, 5), r[k + 2] = SHUFFLED(s[k], s[k + 2], 2, 3, 6, 7);
    for (int k = 0; k < WIDTH; k++) s[k] = r[k];
#else
    for (int k = 0; k < WIDTH; k += 2) {
        s[k] = SHUFFLED(r[k], r[k + 1], 0, 8, 2, 10, 4, 12, 6, 14);
        s[k + 1] = SHUFFLED(r[k], r[k + 1], 1, 9, 3, 11, 5, 13, 7, 15);
    }
    for (int k = 0; k < WIDTH; k += 4)
        for (int c = 0; c < 2; c++) {
            r[k + c] = SHUFFLED(s[k + c], s[k + c + 2], 0, 1, 8, 9, 4, 5, 12, 13);
            r[k + c + 2] = SHUFFLED(s[k + c], s[k + c + 2], 2, 3, 10, 11, 6, 7, 14, 15);
        }
    for (int c = 0; c < 4; c++) {
        s[c] = SHUFFLED(r[c], r[c + 4], 0, 1, 2, 3, 8, 9, 10, 11);
        s[c + 4] = SHUFFLED(r[c], r[c + 4], 4, 5, 6, 7, 12, 13, 14, 15);
    }
#endif
    for (int k = 0; k < WIDTH; k++) r[k] = s[k];
}

/* The columns of a layer's matrix, whose rows are neighbours. */
static void SET(lay)(const Step *s, const unsigned *rows, double *w) {
    const size_t size = s->b, height = padded(s->p);
    for (size_t k = 0; k < height; k += WIDTH) {
        double *const to = w + s->out + k;
        size_t j = 0;
        for (; j + WIDTH <= size; j += WIDTH) {
            V block[WIDTH];
            for (size_t c = 0; c < WIDTH; c++) block[c] = k + c < s->p ? (V) * (const JOINED(Loose, WIDTH) *)(w + rows[k + c] + j) : ZERO;
            SET(transpose)(block);
            for (size_t c = 0; c < WIDTH; c++) *(V *)(to + (j + c) * height) = block[c];
        }
        for (; j < size; j++)
            for (size_t c = 0; c < WIDTH; c++) to[j * height + c] = k + c < s->p ? w[rows[k + c] + j] : 0.0;
    }
}

/* Outputs at one point; whether one is not finite. */
static int SET(layer)(const Step *s, const unsigned *list, double *w) {
    const unsigned n = s->b, size = s->p, biases = list[0], *const starts = list + 2, *const xs = starts + n;
    double *const y = w + s->out;
    size_t i = 0;
    int seen = 0;
    for (unsigned k = 0; k < size; k++) y[k] = 0.0;
    for (unsigned k = 0; k < biases; k++) y[k] += w[xs[n + k]];
#define LOOP(width, chunks) OF_WIDTH(columns, width)(starts, xs, n, w, i, y + i, chunks);
    STRIP(LOOP, WIDTH, 8)
    STRIPS(LOOP)
#undef LOOP
    for (unsigned k = 0; k < size; k++) seen |= !(fabs(y[k]) <= DBL_MAX);
    return seen;
}

/* Gradients of a vector at one point, by rows of the matrix. What a strip has is read as a whole before any of it is written. */
INLINED void SET(vector_of_layer)(const Link *b, const unsigned *g, const unsigned *rows, double *w, int finite) {
    const unsigned size = b->sa, *const ds = rows + 3 * (size_t)b->db + size;
    double d[4 * WIDTH] = {0.0};
    size_t i = 0;
#define LOOP(width, chunks) \
    if (b->pb == GATHERED) { \
        for (size_t k = 0; k < (chunks) * (width); k++) d[k] = w[ds[2 * (i + k)]]; \
        OF_WIDTH(vector_back, width)(b, g, rows, w, i, d, d, finite, chunks); \
        for (size_t k = 0; k < (chunks) * (width); k++) w[ds[2 * (i + k) + 1]] = d[k]; \
    } else OF_WIDTH(vector_back, width)(b, g, rows, w, i, b->pb == NEIGHBOURS ? w + ds[0] + i : d, w + ds[1] + i, finite, chunks);
    STRIPS(LOOP)
#undef LOOP
}

/* By columns. */
static void SET(columns_of_layer)(const Link *b, const unsigned *g, const unsigned *starts, double *w) {
    const unsigned n = b->sa, size = b->db, *const xs = starts + 3 * (size_t)n, *const ds = xs + n;
    double in[8 * WIDTH];
    size_t i = 0;
    for (unsigned j = 0; b->pa & BY_VECTOR && j < n; j++) {
        const double *const a = w + starts[3 * j] + size - 1;
        double sum = w[ds[2 * j]];
        for (unsigned k = 0; k < size; k++) sum += w[g[k]] != 0.0 ? w[g[k]] * a[-(ptrdiff_t)k] : 0.0;
        w[ds[2 * j + 1]] = sum;
    }
    if (!(b->pa & BY_MATRIX)) return;
#define LOOP(width, chunks) \
    { \
        for (size_t k = 0; k < (chunks) * (width); k++) in[k] = w[g[size - 1 - i - k]]; \
        OF_WIDTH(columns_back, width)(starts, xs, n, w, i, in, chunks); \
    }
    STRIP(LOOP, WIDTH, 8)
    STRIPS(LOOP)
#undef LOOP
}

static void SET(layer_back)(const Link *b, const unsigned *list, double *w, int finite) {
    const unsigned *const g = list, *pair = list + b->db;
    for (unsigned k = 0; b->pa & BY_BIAS && k < b->db; k++, pair += 2) w[pair[1]] = w[pair[0]] + w[g[k]];
    if (b->pa & COLUMNS) SET(columns_of_layer)(b, g, pair, w);
    else if (b->pa & BY_VECTOR && finite) SET(vector_of_layer)(b, g, pair, w, 1);
    else if (b->pa & BY_VECTOR) SET(vector_of_layer)(b, g, pair, w, 0);
}

/* Gradients of a matrix by rows. */
INLINED void SET(matrix_of_layer)(const Link *b, const unsigned *list, double *w, int finite) {
    const unsigned size = b->sa, *const xs = list + (size_t)b->db * (b->da + 2);
    double found[MOST_USES][4 * WIDTH];
    const double *x[MOST_USES];
    size_t i = 0;
#define LOOP(width, chunks) \
    { \
        for (size_t u = 0; u < b->da; u++) { \
            x[u] = b->pb == NEIGHBOURS ? w + xs[u * size] + i : found[u]; \
            for (size_t k = 0; b->pb == GATHERED && k < (chunks) * (width); k++) found[u][k] = w[xs[u * size + i + k]]; \
        } \
        OF_WIDTH(weights_back, width)(b, list, w, i, x, finite, chunks); \
    }
    STRIPS(LOOP)
#undef LOOP
}

static void SET(weights_back)(const Link *b, const unsigned *list, double *w, int finite) {
    if (finite) SET(matrix_of_layer)(b, list, w, 1);
    else SET(matrix_of_layer)(b, list, w, 0);
}

#undef OF_WIDTH
#undef STRIP
#undef NARROWER
#undef STRIPS
