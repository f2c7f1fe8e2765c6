/* Carries out the plans of plan.h, at one point or on blocks of rows.

   Which instruction set computes blocks is found out when the module is imported. replay.py says all of this once more in Python. */

#include <float.h>
#include <math.h>
#include "plan.h"

#if defined(__GNUC__) /* a loop around a call is no vector code; where a long switch begins is a tenth of the time at one point */
#define INLINED static inline __attribute__((always_inline))
#define ALIGNED __attribute__((aligned(64)))
#else
#define INLINED static inline
#define ALIGNED
#endif

/* A Python function as an instruction, for `count` rows: its operands' rows, its code, and which partials are asked for, 32 a word. */
typedef int (*Call)(void *caller, const unsigned *xs, unsigned n, double *w, size_t out, size_t partials, size_t count, size_t stride);

typedef struct Bench Bench;

typedef struct { /* an instruction set: the loops on blocks, and layers at one point */
    const char *name;
    int (*forward)(const Step *, const Step *, const Bench *, double *, size_t);
    void (*sweep)(const Link *, const Link *, const Bench *, double *, size_t);
    int (*narrow_forward)(const Step *, const Step *, const Bench *, double *, size_t); /* of one row, with the same functions */
    void (*narrow_sweep)(const Link *, const Link *, const Bench *, double *, size_t);
    void (*lay)(const Step *, const unsigned *, double *);
    int (*layer)(const Step *, const unsigned *, double *);
    void (*layer_back)(const Link *, const unsigned *, double *, int);
    void (*weights_back)(const Link *, const unsigned *, double *, int);
    void (*take_out)(const double *, size_t, double *);
} Set;

struct Bench { /* what the loops need beside the workspace */
    const unsigned *list;
    double *shared; /* by id: inputs that all rows share, and constants */
    double *sums;   /* by id of an input: running sums of its gradient */
    double *totals; /* by id of an input: the sum of a block, where nothing else adds to it */
    size_t stride;  /* from one row of the workspace to the next: the plan's lanes */
    const Set *set; /* who computes layers */
    int finite;     /* whether all numbers in `shared` are */
    int known;      /* whether all values are known to be finite, at one point */
    int whole;      /* whether a block is a piece, so that its sums may be folded at once */
    Call call;
    void *caller;
};

/* Gradients, without negative zeros. */
#define TAKE_OUT(name) static void name(const double *from, size_t n, double *to) { for (size_t i = 0; i < n; i++) to[i] = from[i] + 0.0; }
TAKE_OUT(take_out)

/* The columns of a layer's matrix, of which each number is told where it stands. */
static inline void lay_anew(const Step *s, const unsigned *list, double *w) {
    const size_t height = padded(s->p);
    memset(w + s->out, 0, height * s->b * sizeof(double));
    for (size_t i = 0; i < s->p; i++)
        for (size_t j = 0; j < s->b; j++) w[s->out + j * height + i] = w[*list++];
}

/* The loops at one point, and for one lane of a block, with the C library's functions: those of the eager engine. */

static inline double power(double a, double b) { return b == 1.0 ? a : pow(a, b); }
static inline double power_any(double a, double b) { return power(a, b); }
static inline double signed_as(double a, double b) { return copysign(a, b != b ? 1.0 : b); }

#define V double
#define ZERO 0.0
#define WIDTH 1
#define COUNT 1
#define EACH const size_t i = 0;
#define F(name) name
#define ALL_ARE(xs, number) 0
#define SOME_ARE_SMALL(xs) 0
#define KEEP_FAR(xs)
#define FAR_LANES(xs)
#define PASSED(c, t) ((c) != 0.0 ? (t) : 0.0)
#define STOPPED(c, t) ((c) == 0.0 ? (t) : 0.0)
#define OUT(y) do { Y[i] = (y); SEEN(y) } while (0)

#define SEEN(y) seen |= !(fabs(y) <= DBL_MAX);
#define STRIDE bench->stride
#define SET(name) name##_lane
#include "lanes.h"
#define VALUES_ARE_KNOWN
#undef STRIDE
#undef SET

#define STRIDE 1
#define SET(name) name##_point
#include "lanes.h"
#undef VALUES_ARE_KNOWN
#undef SEEN
#undef STRIDE
#undef SET

#undef V
#undef ZERO
#undef WIDTH
#undef COUNT
#undef EACH
#undef F
#undef ALL_ARE
#undef SOME_ARE_SMALL
#undef KEEP_FAR
#undef FAR_LANES
#undef PASSED
#undef STOPPED
#undef OUT

/* The loops on blocks, once for each instruction set: a line for each says what it is, sets.h what follows from that. */

#if VECTORS
typedef double Numbers8 __attribute__((vector_size(64), may_alias));
typedef double Numbers4 __attribute__((vector_size(32), may_alias));
typedef double Numbers2 __attribute__((vector_size(16), may_alias));
typedef double Loose8 __attribute__((vector_size(64), may_alias, aligned(8))); /* anywhere */
typedef double Loose4 __attribute__((vector_size(32), may_alias, aligned(8)));
typedef double Loose2 __attribute__((vector_size(16), may_alias, aligned(8)));
typedef long long Marks8 __attribute__((vector_size(64), may_alias));
typedef long long Marks4 __attribute__((vector_size(32), may_alias));
typedef long long Marks2 __attribute__((vector_size(16), may_alias));

#define ZERO ((V){0})
#define COUNT lanes
#define STRIDE bench->stride
#if defined(__clang__)
#define EACH _Pragma("clang loop vectorize(assume_safety)") for (size_t i = 0; i < 8 * (lanes / 8); i++)
#else
#define EACH _Pragma("GCC ivdep") for (size_t i = 0; i < 8 * (lanes / 8); i++)
#endif
#define PASSED(c, t) ((V)((MARKS)((c) != ZERO) & (MARKS)(t)))
#define STOPPED(c, t) ((V)((MARKS)((c) == ZERO) & (MARKS)(t)))
#if defined(__clang__) || __GNUC__ >= 12
#define SHUFFLED(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define SHUFFLED(a, b, ...) __builtin_shuffle(a, b, (MARKS){__VA_ARGS__})
#endif
#define SEEN(y)
#define OUT(y) Y[i] = (y)
#define ALL_ARE(xs, number) SET(all_are)(xs, number, lanes)
#define SOME_ARE_SMALL(xs) SET(some_are_small)(xs, lanes)
/* Lanes beyond the limit of sin, cos and tan take the C library's, once more from the operand that may have been written over. */
#define KEEP_FAR(xs) double far[MOST_LANES]; const int any_far = SET(keep_far)(xs, far, lanes);
#define FAR_LANES(xs) \
    for (size_t i = 0; any_far && i < lanes; i++) \
        if (!(fabs(far[i]) <= CIRCULAR_LIMIT)) ((double *)(xs))[i] = far[i], forward_lane(s, s + 1, bench, w + i, lanes);
#define JOINED_AS(a, b) a##b
#define JOINED(a, b) JOINED_AS(a, b)
#define PRAGMA_AS(...) _Pragma(#__VA_ARGS__)
#define PRAGMA(...) PRAGMA_AS(__VA_ARGS__)
#if defined(__clang__)
#define WIDEST
#else
#define WIDEST ",prefer-vector-width=512"
#endif

#if defined(__x86_64__)
#define SET(name) name##_avx512
#define SUFFIX _avx512
#define WIDTH 8
#define FUSED 1
#define TARGET "avx512f,avx512dq,avx512vl,avx512bw,fma" WIDEST
#include "sets.h"

#define SET(name) name##_avx2
#define SUFFIX _avx2
#define WIDTH 4
#define FUSED 1
#define TARGET "avx2,fma"
#include "sets.h"
#endif

#define SET(name) name##_plain
#define SUFFIX _plain
#define WIDTH 2
#if defined(__aarch64__)
#define FUSED 1
#else
#define FUSED 0
#endif
#include "sets.h"
#undef ZERO
#endif

#if !VECTORS /* lane after lane */
static int forward_lanes(const Step *s, const Step *end, const Bench *bench, double *w, size_t lanes) {
    for (size_t i = 0; i < lanes; i++)
        if (forward_lane(s, end, bench, w + i, lanes) < 0) return -1;
    return 0;
}
static void sweep_lanes(const Link *b, const Link *end, const Bench *bench, double *w, size_t lanes) {
    Bench one = *bench; /* as a lane sees it: its running sums are one in SUMS */
    for (size_t i = 0; i < lanes; i++) {
        if (bench->sums != NULL) one.sums = bench->sums + i % SUMS;
        sweep_lane(b, end, &one, w + i, lanes);
    }
}
#endif

static const Set SETS[] = {
#if VECTORS && defined(__x86_64__)
    {"avx512", forward_avx512, sweep_avx512, narrow_forward_avx512, narrow_sweep_avx512, lay_avx512, layer_avx512, layer_back_avx512, weights_back_avx512, take_out_avx512},
    {"avx2", forward_avx2, sweep_avx2, narrow_forward_avx2, narrow_sweep_avx2, lay_avx2, layer_avx2, layer_back_avx2, weights_back_avx2, take_out_avx2},
#endif
#if VECTORS
    {"plain", forward_plain, sweep_plain, narrow_forward_plain, narrow_sweep_plain, lay_plain, layer_plain, layer_back_plain, weights_back_plain, take_out_plain},
#else
    {"lanes", forward_lanes, sweep_lanes, forward_point, sweep_point, NULL, NULL, NULL, NULL, take_out},
#endif
};
enum { SETS_KNOWN = sizeof(SETS) / sizeof(SETS[0]) };

/* Whether this processor has the set. */
static int runs_here(size_t set) {
#if VECTORS && defined(__x86_64__)
    __builtin_cpu_init();
    if (set == 0)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
               __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("fma");
    if (set == 1) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
    return set < SETS_KNOWN;
}

/* What a plan computes. */

typedef struct {      /* the inputs of one argument */
    const double *at; /* `width` numbers, or as many for each row, one row after the other */
    double *to;       /* where derivatives by them go; NULL: nowhere */
    size_t width;
    int own;          /* whether each row has its own */
} Block;

/* Memory for a plan's workspace, in whole cache lines; with zeros and constants in their rows. */
static double *make_workspace(const Plan *p) {
    const size_t bytes = (p->room * sizeof(double) + 127) & ~(size_t)63;
    char *block = (char *)malloc(bytes + 64 + sizeof(void *));
    if (block == NULL) return NULL;
    double *w = (double *)(((size_t)block + sizeof(void *) + 63) & ~(size_t)63);
    ((void **)w)[-1] = block;
    memset(w, 0, p->lanes * sizeof(double));
    for (size_t i = 0; i < p->flat->constants; i++) {
        const unsigned row = p->row[p->flat->inputs + i];
        for (size_t k = 0; row && k < p->lanes; k++) w[row + k] = p->flat->constant[i];
    }
    memset(w + p->totals, 0, (p->room - p->totals) * sizeof(double));
    if (p->totals > p->shared && p->flat->constants)
        memcpy(w + p->shared + p->flat->inputs, p->flat->constant, p->flat->constants * sizeof(double));
    return w;
}

static void free_workspace(double *w) {
    if (w != NULL) free(((void **)w)[-1]);
}

/* The lanes of a block are a multiple of SUMS: so told, the compiler makes vectors of them. */
static inline void set_row(const Plan *p, double *w, unsigned row, double number) {
    for (size_t c = 0; c < p->lanes; c += SUMS)
        for (size_t k = 0; k < SUMS; k++) w[row + c + k] = number;
}

/* Where the inputs of a program at one point are: they are neighbours. */
static double *point_inputs(const Plan *p, double *w) { return w + (p->flat->inputs ? p->row[0] : 0); }

/* All numbers of a program at one point, whose inputs are `count` arrays: -1 if a called function failed, 1 if a number is not finite. */
static int point_forward(const Plan *p, Bench *bench, double *w, const double *const *at, const size_t *widths, size_t count) {
    double *xs = point_inputs(p, w);
    for (size_t i = 0; i < count; xs += widths[i++])
        if (widths[i]) memcpy(xs, at[i], widths[i] * sizeof(double));
    const int seen = forward_point(p->steps, p->steps + p->step_count, bench, w, 1);
    bench->known = seen == 0;
    return seen;
}

static void point_results(const Plan *p, const double *w, double *results) {
    for (size_t k = 0; k < p->flat->results; k++) results[k] = w[p->row[p->flat->result[k]]];
}

/* The gradient of one seeded sum of the results, after point_forward. */
static void point_gradient(const Plan *p, const Bench *bench, double *w, const double *seeds, double *gradient) {
    for (size_t k = 0; k < p->flat->results; k++) w[p->seed[k]] = 0.0;
    for (size_t k = 0; k < p->flat->results; k++)
        if (p->seed[k]) w[p->seed[k]] += seeds[k];
    sweep_point(p->links, p->links + p->link_count, bench, w, 1);
    for (const unsigned *run = p->runs.at, *end = run + p->runs.n; run < end; gradient += run[0], run += 2) {
        if (run[1]) bench->set->take_out(w + run[1], run[0], gradient);
        else memset(gradient, 0, run[0] * sizeof(double));
    }
}

/* Many sweeps over one point: the numbers of the point, in the C library's functions, in all lanes. Returns as point_forward. */
static int spread_forward(const Plan *p, const Bench *bench, double *w, const double *xs) {
    for (size_t i = 0; i < p->flat->inputs; i++)
        if (p->row[i]) w[p->row[i]] = xs[i];
    const int seen = forward_lane(p->steps, p->steps + p->step_count, bench, w, p->lanes);
    for (size_t row = p->lanes; seen >= 0 && row < p->values; row += p->lanes) set_row(p, w, (unsigned)row, w[row]);
    return seen;
}

/* `count` <= lanes sweeps: seeds are count x results and gradients count x inputs, or with tangents the other way round. */
static void spread_sweep(const Plan *p, const Set *set, const Bench *bench, double *w, const double *from, size_t count, double *to) {
    const Flat *f = p->flat;
    const int tangents = p->gradient[f->inputs] != 0; /* the planner's mark */
    const size_t starts = tangents ? f->inputs : f->results, ends = tangents ? f->results : f->inputs;
    const unsigned *start = tangents ? p->gradient : p->seed, *end = tangents ? p->seed : p->gradient;
    for (size_t k = 0; k < starts; k++) set_row(p, w, start[k], 0.0);
    for (size_t k = 0; k < starts; k++)
        for (size_t c = 0; start[k] && c < count; c++) w[start[k] + c] += from[c * starts + k];
    set->sweep(p->links, p->links + p->link_count, bench, w, p->lanes);
    for (size_t c = 0; c < count; c++)
        for (size_t k = 0; k < ends; k++) to[c * ends + k] = w[end[k] + c] + 0.0;
}

/* Turns numbers of rows, `width` apart, into rows of the workspace; lanes beyond the last row repeat it. */
static void load_rows(const Plan *p, double *w, const Block *block, size_t first, size_t begin, size_t count, size_t lanes) {
    const unsigned *row = p->row + first;
    for (size_t c = 0; c < lanes; c += SUMS) {
        const double *at[SUMS];
        for (size_t k = 0; k < SUMS; k++) at[k] = block->at + (begin + (c + k < count ? c + k : count - 1)) * block->width;
        for (size_t i = 0; i < block->width; i++)
            for (size_t k = 0; k < SUMS; k++) w[row[i] + c + k] = at[k][i];
    }
}

/* Numbers that all rows share: by id for those who ask by id, and with `each` in all lanes of a row. */
static void load_shared(const Plan *p, double *w, double *shared, const Block *block, size_t first, int each) {
    if (block->width) memcpy(shared + first, block->at, block->width * sizeof(double));
    for (size_t i = 0; each && i < block->width; i++)
        if (p->row[first + i]) set_row(p, w, p->row[first + i], block->at[i]);
}

static void store_values(const Plan *p, const double *w, double *values, size_t begin, size_t count) {
    const size_t m = p->flat->results;
    for (size_t k = 0; k < m; k++) {
        const double *row = w + p->row[p->flat->result[k]];
        for (size_t c = 0; c < count; c++) values[(begin + c) * m + k] = row[c];
    }
}

/* The derivatives of result r of rows begin ... begin + count by an argument; no negative zeros. */
static void store_rows(const Plan *p, const double *w, const Block *block, size_t first, size_t begin, size_t count, size_t results, size_t r) {
    const unsigned *row = p->gradient + first;
    for (size_t c = 0; c < count; c++) {
        double *to = block->to + ((begin + c) * results + r) * block->width;
        for (size_t i = 0; i < block->width; i++) to[i] = w[row[i] + c] + 0.0;
    }
}

/* Adds what a piece has summed of a shared argument's gradient to its target, running sums by halves, and starts them anew. */
static void fold_sums(const Plan *p, const Bench *bench, const Block *block, size_t first) {
    for (size_t i = 0; i < block->width; i++) {
        const Flag *const single = p->single + first, *const other = (const Flag *)memchr(single + i, 0, block->width - i);
        const size_t end = !bench->whole ? i : other ? (size_t)(other - single) : block->width;
        for (; i < end; i++) block->to[i] += bench->totals[first + i];
        if (i == block->width) break;
        double *s = bench->sums + SUMS * (first + i), half[4];
        for (int k = 0; k < 4; k++) half[k] = s[k] + s[k + 4];
        for (int k = 0; k < SUMS; k++) s[k] = 0.0;
        block->to[i] += (half[0] + half[2]) + (half[1] + half[3]);
    }
}

static int all_finite(const double *at, size_t n) {
    double sums[SUMS] = {0.0}, sum = 0.0;
    size_t i = 0;
    for (; i + SUMS <= n; i += SUMS)
        for (size_t k = 0; k < SUMS; k++) sums[k] += at[i + k] * 0.0;
    for (; i < n; i++) sum += at[i] * 0.0;
    for (size_t k = 0; k < SUMS; k++) sum += sums[k];
    return sum == 0.0;
}

/* Rows to compute. */
typedef struct {
    const Block *blocks;   /* `count` arguments */
    size_t count, rows;
    size_t piece;          /* what is summed over rows is summed over pieces of so many rows first */
    const double *weights; /* one for each result of each row, by which its derivatives count; NULL: 1 */
    double *values;        /* where the results of each row go */
    int differentiate;     /* with a plan for gradients: the derivatives of the weighted sum of the results */
    int each;              /* every row's own, of each result, by all arguments, shared ones too */
} Work;

/* Shared numbers into their places; where sums over rows go is set to 0. */
static void begin_rows(const Plan *p, Bench *bench, double *w, const Work *work) {
    const size_t most = work->piece < work->rows ? work->piece : work->rows;
    size_t first = 0;
    bench->shared = w + p->shared, bench->totals = w + p->totals, bench->sums = w + p->sums;
    bench->finite = all_finite(p->flat->constant, p->flat->constants);
    bench->whole = work->differentiate && (p->flat->results == 1 || !work->each) && most <= p->lanes;
    for (const Block *b = work->blocks; b < work->blocks + work->count; first += b++->width) {
        if (b->own) continue;
        load_shared(p, w, bench->shared, b, first, work->each);
        if (b->to != NULL && !work->each) memset(b->to, 0, b->width * sizeof(double));
        bench->finite &= all_finite(b->at, b->width);
    }
    for (const unsigned *id = p->laid.at, *end = id + p->laid.n; !work->each && id < end; id++) set_row(p, w, p->row[*id], bench->shared[*id]);
}

/* Sweeps over rows begin at one result after the other, or at the weighted sum of all: from which result on, and before which. */
static inline size_t sweeps_of(const Work *work, size_t results) { return work->each ? results : 1; }

#include "stops.h"

static void seed_rows(const Plan *p, double *w, const Work *work, size_t r, size_t begin, size_t count) {
    const size_t results = p->flat->results, first = work->each ? r : 0, last = work->each ? r + 1 : results;
    for (size_t k = first; k < last; k++)
        for (size_t c = 0; p->seed[k] && c < count; c++)
            w[p->seed[k] + c] += work->weights == NULL ? 1.0 : work->weights[(begin + c) * results + k];
}

/* The derivatives of a block of rows, after its values. */
static void sweep_rows(const Plan *p, const Set *set, const Bench *bench, double *w, const Work *work, size_t begin, size_t count, size_t lanes) {
    const size_t results = p->flat->results, sweeps = sweeps_of(work, results);
    for (size_t r = 0; r < sweeps; r++) {
        size_t first = 0;
        for (size_t k = 0; k < results; k++) set_row(p, w, p->seed[k], 0.0);
        seed_rows(p, w, work, r, begin, count);
        set->sweep(p->links, p->links + p->link_count, bench, w, lanes);
        for (const Block *b = work->blocks; b < work->blocks + work->count; first += b++->width)
            if (b->to != NULL && (b->own || work->each)) store_rows(p, w, b, first, begin, count, sweeps, r);
    }
}

/* Rows in blocks of lanes: the results of each, and with a plan for gradients derivatives, of results times their weights. An argument with rows of its own, or with `each` every one, gets each row's derivatives (by row, then result);
   a shared one is given the sum over all rows, taken in pieces. */
static int run_rows(const Plan *p, const Set *set, Bench *bench, double *w, const Work *work) {
    size_t rest = work->piece;
    begin_rows(p, bench, w, work);
    for (size_t begin = 0; begin < work->rows;) {
        const size_t left = rest < work->rows - begin ? rest : work->rows - begin, count = left < p->lanes ? left : p->lanes;
        const size_t lanes = (count + SUMS - 1) / SUMS * SUMS; /* no more are computed */
        size_t first = 0;
        for (const Block *b = work->blocks; b < work->blocks + work->count; first += b++->width)
            if (b->own) load_rows(p, w, b, first, begin, count, lanes);
        const unsigned *const on = p->stop ? lanes_on(p, w, work, begin, count) : NULL;
        if ((on ? forward_on(p, set->forward, bench, w, on) : set->forward(p->steps, p->steps + p->step_count, bench, w, lanes)) < 0) {
            memset(w + p->sums, 0, (p->room - p->sums) * sizeof(double));
            return -1;
        }
        store_values(p, w, work->values, begin, count);
        if (on) {
            forget_values(p, on, work->values, begin, count);
            sweep_on(p, set->sweep, bench, w, on, work, begin, count);
            first = 0;
            for (const Block *b = work->blocks; b < work->blocks + work->count; first += b++->width)
                if (b->to != NULL && b->own) store_rows(p, w, b, first, begin, count, 1, 0);
        } else if (work->differentiate) sweep_rows(p, set, bench, w, work, begin, count, lanes);
        begin += count;
        rest -= count;
        if (rest > 0 && begin < work->rows) continue;
        rest = work->piece;
        first = 0;
        for (const Block *b = work->blocks; work->differentiate && b < work->blocks + work->count; first += b++->width)
            if (b->to != NULL && !b->own && !work->each) fold_sums(p, bench, b, first);
    }
    return 0;
}

/* One row by a plan for one point, as run_rows has it. */
static int run_row(const Plan *p, const Set *set, Bench *bench, double *w, const Work *work) {
    const size_t results = p->flat->results;
    size_t first = 0;
    for (const Block *b = work->blocks; b < work->blocks + work->count; first += b++->width)
        if (b->width) memcpy(w + p->row[first], b->at, b->width * sizeof(double)); /* inputs are neighbours */
    const unsigned *const on = p->stop ? lanes_on(p, w, work, 0, 1) : NULL;
    if ((on ? forward_on(p, set->narrow_forward, bench, w, on) : set->narrow_forward(p->steps, p->steps + p->step_count, bench, w, 1)) < 0) return -1;
    bench->known = work->differentiate && all_finite(w, p->values);
    point_results(p, w, work->values);
    if (on) forget_values(p, on, work->values, 0, 1);
    for (size_t r = 0; work->differentiate && r < sweeps_of(work, results); r++) {
        for (size_t k = 0; k < results && !on; k++) w[p->seed[k]] = 0.0;
        if (on) sweep_on(p, set->narrow_sweep, bench, w, on, work, 0, 1);
        else {
            seed_rows(p, w, work, r, 0, 1);
            set->narrow_sweep(p->links, p->links + p->link_count, bench, w, 1);
        }
        first = 0;
        for (const Block *b = work->blocks; b < work->blocks + work->count; first += b++->width)
            for (size_t i = 0; b->to != NULL && i < b->width; i++) b->to[r * b->width + i] = w[p->gradient[first + i]] + 0.0;
    }
    return 0;
}
