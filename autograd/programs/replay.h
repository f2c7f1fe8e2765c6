/* Runs recorded programs: plans how a flat program is computed, and computes it at one point or on blocks of rows.

   The workspace is an array of rows of numbers; a row has one number for each of the points that are computed together
   (`lanes`; one at a single point). A plan says for each instruction which rows it reads and writes:
   - Values that no partial needs, and gradients, are written over as soon as their last reader is done.
   - A partial that is an operand or a result (of `a * b`, of `exp(x)`) is that row itself; only others are stored.
   - A gradient that is passed on unchanged (through `a + b`) is not copied: both share the row until one is added to.
   Sums run in the order of the eager engine, so that a single point gives its bits.

   Which instruction set computes blocks is found out when the module is imported. replay.py says all of this once more in Python. */

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "_steps.h"

#define NONE 0xffffffffu
enum { PASSIVE = 0x8000, LINKED = 0x7fff }; /* codes of lowered programs: value only; a value with its edges spelt out */
#define LINK_PLUS 0xfffffffeu  /* partials of a LINKED instruction that are no row */
#define LINK_MINUS 0xfffffffdu

#if defined(__GNUC__) /* a loop around a call is no vector code */
#define INLINED static inline __attribute__((always_inline))
#else
#define INLINED static inline
#endif

typedef unsigned char Flag;

typedef struct {
    size_t inputs, constants, instructions, results;
    const double *constant;
    const unsigned short *code;
    const unsigned *start, *operand, *result;
    const unsigned char *choice; /* of each code below `choices` whether a partial of 0 closes an edge */
    size_t choices;
} Flat;

enum { SUMS = 8, MOST_LANES = 64 }; /* running sums of each shared input's gradient; rows of a block */

typedef struct { unsigned kernel, out, a, b, p; } Step;
typedef struct { unsigned kind, g, sa, da, pa, sb, db, pb; } Link;

enum {
    ONE_PLUS, ONE_MINUS, ONE_TIMES, ONE_IF, ONE_UNLESS, ONE_OPEN, TWO_PLUS, TWO_TIMES, MANY_PLUS, MANY_TIMES,
    NEW_PLUS, NEW_TIMES, NEW_OPEN, NEW_PLUS_PLUS, NEW_TIMES_TIMES, NEW_TWO_PLUS, NEW_TWO_TIMES, /* what they write is not yet there */
    SHARED_PLUS, SHARED_MINUS, SHARED_TIMES, SHARED_IF, SHARED_UNLESS, SHARED_OPEN, SHARED_DOT,
    ALONG_TIMES, ALONG_OPEN /* of tangents, of which 0 times infinity must be seen */
};

/* A Python function as an instruction, for `count` rows: its operands' rows, its code, and which partials are asked for, 32 a word. */
typedef int (*Call)(void *caller, const unsigned *xs, unsigned n, double *w, size_t out, size_t partials, size_t count, size_t stride);

typedef struct { /* what the loops need beside the workspace */
    const unsigned *list;
    double *shared; /* by id: inputs that all rows share, and constants */
    double *sums;   /* by id of an input: running sums of its gradient */
    double *totals; /* by id of an input: the sum of a block, where nothing else adds to it */
    size_t stride;  /* from one row of the workspace to the next: the plan's lanes */
    int whole;      /* whether a block is a piece, so that its sums may be folded at once */
    Call call;
    void *caller;
} Bench;

/* The loops at one point, and for one lane of a block, with the C library's functions: those of the eager engine. */

static inline double power(double a, double b) { return b == 1.0 ? a : pow(a, b); }
static inline double signed_as(double a, double b) { return copysign(a, b != b ? 1.0 : b); }

#define V double
#define ZERO 0.0
#define WIDTH 1
#define COUNT 1
#define EACH const size_t i = 0;
#define F(name) name
#define BEYOND_LIMIT(xs) 0
#define ALL_ARE(xs, number) 0
#define FAR_LANES
#define PASSED(c, t) ((c) != 0.0 ? (t) : 0.0)
#define STOPPED(c, t) ((c) == 0.0 ? (t) : 0.0)
#define OUT(y) do { Y[i] = (y); SEEN(y) } while (0)

#define SEEN(y)
#define STRIDE bench->stride
#define SET(name) name##_lane
#include "lanes.h"
#define VALUES_ARE_KNOWN
#undef SEEN
#undef STRIDE
#undef SET

#define SEEN(y) seen |= !(fabs(y) <= DBL_MAX);
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
#undef BEYOND_LIMIT
#undef ALL_ARE
#undef FAR_LANES
#undef PASSED
#undef STOPPED
#undef OUT

/* The loops on blocks, once for each instruction set. NO_VECTORS: as a compiler without vector types builds them. */

#if defined(__GNUC__) && (defined(__x86_64__) || defined(__aarch64__)) && !defined(NO_VECTORS)
#define VECTORS 1
typedef double Numbers8 __attribute__((vector_size(64), may_alias));
typedef double Numbers4 __attribute__((vector_size(32), may_alias));
typedef double Numbers2 __attribute__((vector_size(16), may_alias));
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
#define BEYOND_LIMIT(xs) SET(any_beyond)(xs, lanes)
#define ALL_ARE(xs, number) SET(all_are)(xs, number, lanes)
#define FAR_LANES for (size_t i = 0; i < lanes; i++) forward_lane(s, s + 1, bench, w + i, lanes);

#if defined(__x86_64__)
#define SET(name) name##_avx512
#define V Numbers8
#define MARKS Marks8
#define WIDTH 8
#define F(name) name##_avx512
#define FMA(a, b, c) __builtin_fma(a, b, c)
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512vl,avx512bw,fma,prefer-vector-width=512")
#endif
#include "vectormath.h"
#include "lanes.h"
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#undef SET
#undef F
#undef FMA
#undef V
#undef MARKS
#undef WIDTH

#define SET(name) name##_avx2
#define V Numbers4
#define MARKS Marks4
#define WIDTH 4
#define F(name) name##_avx2
#define FMA(a, b, c) __builtin_fma(a, b, c)
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#endif
#include "vectormath.h"
#include "lanes.h"
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#undef SET
#undef F
#undef FMA
#undef V
#undef MARKS
#undef WIDTH
#endif

#define SET(name) name##_plain
#define V Numbers2
#define MARKS Marks2
#define WIDTH 2
#define F(name) name##_plain
#if defined(__aarch64__)
#define FMA(a, b, c) __builtin_fma(a, b, c)
#else
#define FMA(a, b, c) ((a) * (b) + (c))
#endif
#include "vectormath.h"
#include "lanes.h"
#undef SET
#undef F
#undef FMA
#undef V
#undef MARKS
#undef WIDTH
#undef ZERO
#else
#define VECTORS 0
#endif

typedef struct {
    const char *name;
    int (*forward)(const Step *, const Step *, const Bench *, double *, size_t);
    void (*sweep)(const Link *, const Link *, const Bench *, double *, size_t);
} Set;

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
    {"avx512", forward_avx512, sweep_avx512},
    {"avx2", forward_avx2, sweep_avx2},
#endif
#if VECTORS
    {"plain", forward_plain, sweep_plain},
#else
    {"lanes", forward_lanes, sweep_lanes},
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

/* Planning. */

typedef struct { unsigned *at; size_t n, room; int failed; } Words;

static inline size_t push(Words *words, unsigned word) {
    if (words->n == words->room) {
        const size_t room = words->room ? 2 * words->room : 64;
        unsigned *at = (unsigned *)realloc(words->at, room * sizeof(unsigned));
        if (at == NULL) {
            words->failed = 1;
            return 0;
        }
        words->at = at, words->room = room;
    }
    words->at[words->n] = word;
    return words->n++;
}

typedef struct {
    const Flat *flat;
    Step *steps;
    Link *links;
    Words list;
    size_t step_count, link_count, link_room;
    size_t lanes;        /* numbers in a row; all rows are counted in numbers, from the start of the workspace */
    size_t values;       /* the rows of values; those of gradients follow */
    size_t size;         /* of the workspace, in numbers */
    unsigned *row;       /* of each id the row of its value, 0 if it has none any more; row 0 holds zeros */
    unsigned *gradient;  /* of each input the row of its gradient, 0 if nothing reaches it. With tangents, where they start */
    unsigned *seed;      /* of each result the row where its gradient starts. With tangents, where they end */
    Flag *single;        /* of each shared input whether at most one link adds to its gradient, in a SHARED_DOT of such inputs */
    size_t running, laid; /* how many inputs are not single; how many that all rows of a block share have a row all the same */
    size_t shared, sums, totals, room; /* where the arrays of Bench stand behind the workspace, and the end of all */
} Plan;

typedef struct {
    Plan *plan;
    const Flat *flat;
    const Flag *shared, *wanted;
    int blocks, direction;
    size_t first;
    Flag *active, *kept;
    unsigned *last, *slot, *stored, *order;
    Words refs, free_values, free_slots;
    int failed;
} Maker;

enum { VALUES_ONLY, GRADIENTS, TANGENTS };

typedef struct { unsigned to, kind, by; } Edge; /* kind: of a Link at one edge; `by` is a row */

static inline int is_shared(const Maker *m, unsigned id) {
    return m->blocks && id < m->first && (id >= m->flat->inputs || m->shared[id]);
}

/* Whether an instruction is a dot product of shared weights (and bias) with inputs of each row. */
static int is_dot_of_shared(const Maker *m, size_t i) {
    const Flat *f = m->flat;
    if (!m->blocks || !VECTORS || (f->code[i] & ~PASSIVE) != CODE_DOT) return 0;
    const unsigned *xs = f->operand + f->start[i];
    const unsigned n = f->start[i + 1] - f->start[i], pairs = n / 2;
    for (unsigned j = 0; j < pairs; j++)
        if (!is_shared(m, xs[j]) || is_shared(m, xs[pairs + j])) return 0;
    return pairs > 0 && (n % 2 == 0 || is_shared(m, xs[n - 1]));
}

static inline unsigned edge_kind(unsigned kind) {
    return kind == PLUS ? ONE_PLUS : kind == MINUS ? ONE_MINUS : kind == IF ? ONE_IF : kind == UNLESS ? ONE_UNLESS : ONE_TIMES;
}

/* Mark what an instruction's partials read; whether a derivative passes through it. */
static int activate(Maker *m, size_t i) {
    const Flat *f = m->flat;
    const unsigned code = f->code[i], *xs = f->operand + f->start[i], n = f->start[i + 1] - f->start[i], pairs = n / 2;
    const Flag *active = m->active;
    int any = 0;
    if (m->direction == VALUES_ONLY || code & PASSIVE) return 0;
    if (code == LINKED) {
        for (unsigned j = 1; j < n; j += 2)
            if (active[xs[j]]) {
                any = 1;
                if (xs[j + 1] < LINK_MINUS) m->kept[xs[j + 1]] = 1;
            }
        return any;
    }
    if (code < CODES && ARITY[code]) {
        for (unsigned j = 0; j < n; j++) {
            const unsigned kind = EDGE[code][j];
            if (kind == NO_EDGE || !active[xs[j]]) continue;
            any = 1;
            if (kind == BY_RESULT) m->kept[m->first + i] = 1;
            if (kind >= BY_OPERAND && kind <= BY_OPERAND_2) m->kept[xs[kind - BY_OPERAND]] = 1;
            if (kind == IF || kind == UNLESS) m->kept[xs[0]] = 1;
        }
        return any;
    }
    const int shared_weights = is_dot_of_shared(m, i); /* whose numbers need no row */
    for (unsigned j = 0; j < n; j++)
        if (active[xs[j]]) {
            any = 1;
            if (code == CODE_DOT && j < (shared_weights ? 1 : 2) * pairs) m->kept[xs[j < pairs ? j + pairs : j - pairs]] = 1;
        }
    return any;
}

/* The order of the steps: in each WINDOW of the program those first that depend on nothing else in it, then those that depend
   on these, and so on. Neighbours are then independent, and the processor works on several at a time; no bit changes. */
enum { WINDOW = 512 };

static void arrange(Maker *m) {
    const Flat *f = m->flat;
    unsigned level[WINDOW], count[WINDOW + 1];
    for (size_t begin = 0; begin < f->instructions; begin += WINDOW) {
        const size_t size = f->instructions - begin < WINDOW ? f->instructions - begin : WINDOW;
        memset(count, 0, sizeof count);
        for (size_t i = 0; i < size; i++) {
            level[i] = 0;
            for (unsigned j = f->start[begin + i]; j < f->start[begin + i + 1]; j++) {
                const unsigned x = f->operand[j];
                if (x < LINK_MINUS && x >= m->first + begin && level[x - m->first - begin] >= level[i])
                    level[i] = level[x - m->first - begin] + 1;
            }
            count[level[i] + 1 < WINDOW ? level[i] + 1 : WINDOW]++;
        }
        for (size_t k = 1; k < WINDOW; k++) count[k] += count[k - 1];
        for (size_t i = 0; i < size; i++) m->order[begin + count[level[i]]++] = (unsigned)(begin + i);
    }
}

/* First walk: what is active, what must be kept, and which shared numbers need a row. */
static void survey(Maker *m) {
    const Flat *f = m->flat;
    for (size_t i = 0; i < f->inputs; i++) m->active[i] = m->direction != VALUES_ONLY && m->wanted[i];
    for (size_t i = 0; i < f->instructions; i++) {
        const unsigned *xs = f->operand + f->start[i], n = f->start[i + 1] - f->start[i];
        m->active[m->first + i] = (Flag)activate(m, i);
        const unsigned step = f->code[i] == LINKED ? n : 1; /* of these only the value is read by a step */
        const int dot = is_dot_of_shared(m, i);
        for (unsigned j = 0; j < n; j += step) {
            if (xs[j] < m->first && !(dot && is_shared(m, xs[j]))) m->plan->row[xs[j]] = 1;
        }
        if (f->code[i] == LINKED) {
            m->kept[xs[0]] = 1; /* it has two names from here on */
            for (unsigned j = 2; j < n; j += 2)
                if (xs[j] < LINK_MINUS && xs[j] < m->first) m->plan->row[xs[j]] = 1;
        }
    }
    for (size_t k = 0; k < f->results; k++) {
        m->kept[f->result[k]] = 1;
        if (f->result[k] < m->first) m->plan->row[f->result[k]] = 1;
    }
    for (size_t i = 0; i < m->first; i++)
        if (m->kept[i]) m->plan->row[i] = 1; /* a partial, or an output */
    for (size_t i = 0; i < f->inputs; i++)
        if (!m->blocks || !m->shared[i]) m->plan->row[i] = 1;
}

/* Which operands of a call are differentiated by, 32 of them a word. */
static void push_mask(Maker *m, const unsigned *xs, unsigned n) {
    for (unsigned begin = 0; begin < n; begin += 32) {
        unsigned mask = 0;
        for (unsigned j = begin; j < n && j < begin + 32; j++) mask |= (unsigned)(m->active[xs[j]] != 0) << (j - begin);
        push(&m->plan->list, mask);
    }
}

/* Second walk: the rows of values, and the steps. */
static void lay_steps(Maker *m) {
    const Flat *f = m->flat;
    Plan *p = m->plan;
    const unsigned lanes = (unsigned)p->lanes;
    unsigned next = lanes;
    for (size_t i = 0; i < m->first; i++)
        if (p->row[i]) p->row[i] = next, next += lanes;
    for (size_t k = 0; k < f->instructions; k++)
        for (unsigned j = f->start[m->order[k]]; j < f->start[m->order[k] + 1]; j++)
            if (f->operand[j] < LINK_MINUS) m->last[f->operand[j]] = (unsigned)k + 1;
    for (size_t k = 0; k < f->instructions; k++) {
        const size_t i = m->order[k];
        const unsigned code = f->code[i], plain = code & (PASSIVE - 1), id = (unsigned)(m->first + i);
        const unsigned *xs = f->operand + f->start[i], n = f->start[i + 1] - f->start[i];
        if (code == LINKED) {
            p->row[id] = p->row[xs[0]];
            continue;
        }
        Step s = {CALL, 0, 0, 0, 0};
        unsigned mask = 0, stores = 0;
        const int native = plain < CODES && ARITY[plain];
        for (unsigned j = 0; j < n; j++) /* of a passive one none: it is not active either */
            if (native && m->active[id] && m->active[xs[j]] && EDGE[plain][j] != NO_EDGE) {
                mask |= 1u << j;
                stores += EDGE[plain][j] == BY_STORED;
            }
        if (native) {
            s.kernel = KERNEL[plain][mask];
            if (n < 3) {
                s.a = p->row[xs[0]];
                s.b = n > 1 ? p->row[xs[1]] : 0;
            } else {
                s.a = (unsigned)p->list.n;
                s.b = n;
                for (unsigned j = 0; j < n; j++) push(&p->list, p->row[xs[j]]);
            }
        } else if (is_dot_of_shared(m, i)) {
            s.kernel = DOT_SHARED, s.a = (unsigned)p->list.n, s.b = n / 2;
            push(&p->list, n % 2 ? xs[n - 1] : NONE);
            for (unsigned j = 0; j < n / 2; j++) {
                push(&p->list, xs[j]);
                push(&p->list, p->row[xs[n / 2 + j]]);
            }
        } else {
            s.a = (unsigned)p->list.n, s.b = n;
            for (unsigned j = 0; j < n; j++) push(&p->list, p->row[xs[j]]);
            if (plain == CODE_SUM) s.kernel = SUM;
            else if (plain == CODE_LOGSUMEXP) s.kernel = LOGSUMEXP;
            else if (plain == CODE_DOT) s.kernel = DOT, s.b = n / 2, s.p = n % 2;
            else {
                push(&p->list, plain);
                push_mask(m, xs, n);
                stores = m->active[id] ? n : 0;
            }
        }
        for (unsigned j = 0; j < n; j++) { /* rows that are read for the last time here */
            const unsigned x = xs[j];
            if (x >= m->first && m->last[x] == k + 1 && !m->kept[x] && p->row[x]) {
                push(&m->free_values, p->row[x]);
                p->row[x] = 0;
            }
        }
        if (m->kept[id] || m->free_values.n == 0) s.out = next, next += lanes;
        else s.out = m->free_values.at[--m->free_values.n];
        p->row[id] = s.out;
        if (m->last[id] == 0 && !m->kept[id]) push(&m->free_values, s.out); /* computed for its partials alone */
        if (stores) m->stored[i] = s.p = next, next += stores * lanes;
        p->steps[p->step_count++] = s;
    }
    p->values = next;
}

/* Rows of gradients are counted: several ids may share one. */

static inline unsigned *holders(Maker *m, unsigned r) { return m->refs.at + (r - m->plan->values) / m->plan->lanes; }

static unsigned new_slot(Maker *m) {
    unsigned r;
    if (m->free_slots.n) r = m->free_slots.at[--m->free_slots.n];
    else r = (unsigned)(m->plan->values + m->plan->lanes * push(&m->refs, 0));
    if (!m->refs.failed) *holders(m, r) = 1;
    return r;
}

static void drop(Maker *m, unsigned r) {
    if (!m->refs.failed && --*holders(m, r) == 0) push(&m->free_slots, r);
}

/* Where to add to the gradient of `id`: read there, write here. */
static unsigned target(Maker *m, unsigned id, unsigned *write) {
    const unsigned now = m->slot[id];
    if (now && (m->refs.failed || *holders(m, now) == 1)) return *write = now;
    if (now) drop(m, now);
    *write = m->slot[id] = new_slot(m);
    return now;
}

static void add_link(Maker *m, Link link) {
    Plan *p = m->plan;
    if (p->link_count == p->link_room) {
        const size_t room = p->link_room ? 2 * p->link_room : 256;
        Link *links = (Link *)realloc(p->links, room * sizeof(Link));
        if (links == NULL) {
            m->failed = 1;
            return;
        }
        p->links = links, p->link_room = room;
    }
    p->links[p->link_count++] = link;
}

/* The kind of a link that finds nothing where it reads (the first of two, both): it need not add. Zeros may then be negative. */
static unsigned fresh(unsigned kind, unsigned sa, unsigned sb) {
    switch (kind) {
    case ONE_PLUS: return sa ? kind : NEW_PLUS;
    case ONE_TIMES: return sa ? kind : NEW_TIMES;
    case ONE_OPEN: return sa ? kind : NEW_OPEN;
    case TWO_PLUS: return sa ? kind : sb ? NEW_PLUS_PLUS : NEW_TWO_PLUS;
    case TWO_TIMES: return sa ? kind : sb ? NEW_TIMES_TIMES : NEW_TWO_TIMES;
    default: return kind;
    }
}

static void connect(Maker *m, unsigned kind, unsigned g, unsigned to, unsigned by) {
    Link link = {kind, g, 0, 0, by, 0, 0, 0};
    if (m->direction == GRADIENTS && is_shared(m, to)) {
        link.kind = kind + (SHARED_PLUS - ONE_PLUS);
        link.da = to;
    } else
        link.kind = fresh(kind, link.sa = target(m, to, &link.da), 0);
    if (m->direction == TANGENTS) link.kind = kind == ONE_TIMES ? ALONG_TIMES : kind == ONE_OPEN ? ALONG_OPEN : link.kind;
    add_link(m, link);
}

/* The edges of instruction i to operands that are differentiated, in order. At most `n` of them, room for which is given. */
static unsigned edges_of(const Maker *m, size_t i, Edge *edges) {
    const Flat *f = m->flat;
    const unsigned code = f->code[i], *xs = f->operand + f->start[i], n = f->start[i + 1] - f->start[i], pairs = n / 2;
    const unsigned *row = m->plan->row;
    unsigned found = 0, partial = m->stored[i];
    if (code == LINKED) {
        for (unsigned j = 1; j < n; j += 2) {
            if (!m->active[xs[j]]) continue;
            const unsigned by = xs[j + 1];
            edges[found++] = by == LINK_PLUS ? (Edge){xs[j], ONE_PLUS, 0} : by == LINK_MINUS ? (Edge){xs[j], ONE_MINUS, 0}
                                                                          : (Edge){xs[j], ONE_TIMES, row[by]};
        }
        return found;
    }
    const int native = code < CODES && ARITY[code], chooses = code < f->choices && f->choice[code];
    for (unsigned j = 0; j < n; j++) {
        const unsigned kind = native ? EDGE[code][j] : code == CODE_SUM || (code == CODE_DOT && j == 2 * pairs) ? PLUS : BY_STORED;
        const int moves = m->active[xs[j]] && kind != NO_EDGE;
        Edge e = {xs[j], edge_kind(kind), 0};
        if (code == CODE_DOT && j < 2 * pairs) e.by = row[xs[j < pairs ? j + pairs : j - pairs]];
        else if (kind == BY_STORED) {
            e.by = partial;
            if (moves || !native) partial += (unsigned)m->plan->lanes;
        }
        else if (kind == BY_RESULT) e.by = row[m->first + i];
        else if (kind >= BY_OPERAND && kind <= BY_OPERAND_2) e.by = row[xs[kind - BY_OPERAND]];
        else if (kind == IF || kind == UNLESS) e.by = row[xs[0]];
        if (e.kind == ONE_TIMES && chooses) e.kind = ONE_OPEN;
        if (moves) edges[found++] = e;
    }
    return found;
}

static inline int both_one_kind(const Maker *m, const Edge *e, unsigned n) {
    return n == 2 && e[0].kind == e[1].kind && (e[0].kind == ONE_PLUS || e[0].kind == ONE_TIMES) && e[0].to != e[1].to &&
           !is_shared(m, e[0].to) && !is_shared(m, e[1].to);
}

static inline int all_one_kind(const Maker *m, const Edge *e, unsigned n) {
    for (unsigned j = 0; j < n; j++)
        if (e[j].kind != e[0].kind || is_shared(m, e[j].to)) return 0;
    return n > 2 && (e[0].kind == ONE_PLUS || e[0].kind == ONE_TIMES);
}

static void link_dot_of_shared(Maker *m, size_t i, unsigned g) {
    const Flat *f = m->flat;
    const unsigned *xs = f->operand + f->start[i], n = f->start[i + 1] - f->start[i], pairs = n / 2;
    Words *list = &m->plan->list;
    Link link = {SHARED_DOT, g, 0, 0, 0, (unsigned)list->n, pairs, 0};
    push(list, n % 2 && m->active[xs[n - 1]] ? xs[n - 1] : NONE);
    for (unsigned j = 0; j < pairs; j++) {
        const unsigned x = xs[pairs + j];
        unsigned write = NONE, read = NONE;
        if (m->active[x]) read = target(m, x, &write), link.pb = 1;
        push(list, xs[j]);
        push(list, m->active[xs[j]] ? xs[j] : NONE);
        push(list, m->plan->row[x]);
        push(list, read);
        push(list, write);
    }
    add_link(m, link);
}

static inline int leads_to(const Edge *edges, unsigned n, unsigned to) {
    for (unsigned j = 0; j < n; j++)
        if (edges[j].to == to) return 1;
    return 0;
}

/* The gradient of instruction i, which is complete at row g, to its operands. */
static void link_back(Maker *m, size_t i, unsigned g, Edge *edges) {
    if (is_dot_of_shared(m, i)) {
        link_dot_of_shared(m, i, g);
        drop(m, g);
        return;
    }
    unsigned n = edges_of(m, i, edges), left = 0, factors = 0; /* those left over, and those of them with a partial */
    for (unsigned j = 0; j < n; j++) {
        const Edge e = edges[j];
        const int plus = e.kind == ONE_PLUS && m->slot[e.to] == 0 && !is_shared(m, e.to);
        if (plus && !(factors && leads_to(edges, left, e.to))) { /* a bias may be an input too, whose gradient begins there */
            m->slot[e.to] = g; /* passed on as it is */
            if (!m->refs.failed) ++*holders(m, g);
        } else
            factors += e.kind != ONE_PLUS, edges[left++] = e;
    }
    const int two = both_one_kind(m, edges, left);
    if (left <= 1 || two) drop(m, g); /* its row may be written to: each loop reads g first */
    if (two) {
        Link link = {edges[0].kind == ONE_PLUS ? TWO_PLUS : TWO_TIMES, g, 0, 0, 0, 0, 0, 0};
        const int swap = m->slot[edges[0].to] && !m->slot[edges[1].to];
        link.pa = edges[swap].by, link.pb = edges[!swap].by;
        link.sa = target(m, edges[swap].to, &link.da);
        link.sb = target(m, edges[!swap].to, &link.db);
        link.kind = fresh(link.kind, link.sa, link.sb);
        add_link(m, link);
    } else if (all_one_kind(m, edges, left)) {
        Words *list = &m->plan->list;
        const int times = edges[0].kind == ONE_TIMES;
        Link link = {times ? MANY_TIMES : MANY_PLUS, g, 0, 0, 0, (unsigned)list->n, left, 0};
        for (unsigned j = 0; j < left; j++) {
            unsigned write;
            push(list, target(m, edges[j].to, &write));
            push(list, write);
            if (times) push(list, edges[j].by);
        }
        add_link(m, link);
    } else
        for (unsigned j = 0; j < left; j++) connect(m, edges[j].kind, g, edges[j].to, edges[j].by);
    if (left > 1 && !two) drop(m, g);
}

/* Third walk, backwards: the links of gradients. */
static void lay_gradients(Maker *m, Edge *edges) {
    const Flat *f = m->flat;
    Plan *p = m->plan;
    for (size_t k = 0; k < f->results; k++) {
        const unsigned id = f->result[k];
        if (!m->active[id]) continue;
        if (is_shared(m, id)) {
            p->seed[k] = new_slot(m);
            connect(m, ONE_PLUS, p->seed[k], id, 0);
        } else {
            if (!m->slot[id]) m->slot[id] = new_slot(m);
            p->seed[k] = m->slot[id];
        }
    }
    for (size_t i = f->instructions; i-- > 0;) {
        const unsigned id = (unsigned)(m->first + i), g = m->slot[id];
        if (!g) continue;
        m->slot[id] = 0;
        link_back(m, i, g, edges);
    }
    for (size_t i = 0; i < f->inputs; i++) p->gradient[i] = m->slot[i];
}

/* Or forwards: the links of tangents. */
static void lay_tangents(Maker *m, Edge *edges) {
    const Flat *f = m->flat;
    Plan *p = m->plan;
    for (size_t i = 0; i < f->inputs; i++)
        if (m->active[i]) p->gradient[i] = m->slot[i] = new_slot(m);
    for (size_t i = 0; i < f->instructions; i++)
        for (unsigned j = f->start[i]; j < f->start[i + 1]; j++)
            if (f->operand[j] < LINK_MINUS) m->last[f->operand[j]] = (unsigned)i + 1;
    for (size_t k = 0; k < f->results; k++) m->last[f->result[k]] = NONE;
    for (size_t i = 0; i < f->instructions; i++) {
        const unsigned id = (unsigned)(m->first + i), *xs = f->operand + f->start[i], n = f->start[i + 1] - f->start[i];
        if (m->active[id]) {
            const unsigned found = edges_of(m, i, edges);
            for (unsigned j = 0; j < found; j++)
                if (m->slot[edges[j].to]) connect(m, edges[j].kind, m->slot[edges[j].to], id, edges[j].by);
        }
        for (unsigned j = 0; j < n; j++) {
            const unsigned x = xs[j];
            if (f->code[i] == LINKED && j > 0 && j % 2 == 0) continue; /* a partial */
            if (x >= m->first && m->last[x] == i + 1 && m->slot[x]) {
                drop(m, m->slot[x]);
                m->slot[x] = 0;
            }
        }
    }
    for (size_t k = 0; k < f->results; k++) p->seed[k] = m->slot[f->result[k]];
}

/* The sums that each SHARED_DOT alone adds to (pa = 1) need no running sums where a block is a piece. */
static void mark_single(Plan *p, unsigned *links) {
    const Flat *f = p->flat;
    memset(links, 0, f->inputs * sizeof(unsigned));
    for (const Link *b = p->links; b < p->links + p->link_count; b++) {
        if (b->kind >= SHARED_PLUS && b->kind < SHARED_DOT) links[b->da] += 2;
        if (b->kind != SHARED_DOT) continue;
        const unsigned *list = p->list.at + b->sb;
        if (list[0] != NONE) links[list[0]]++;
        for (unsigned j = 0; j < b->db; j++)
            if (list[5 * j + 2] != NONE) links[list[5 * j + 2]]++;
    }
    for (size_t i = 0; i < f->inputs; i++) p->single[i] = links[i] == 0;
    for (Link *b = p->links; b < p->links + p->link_count; b++) {
        if (b->kind != SHARED_DOT) continue;
        const unsigned *list = p->list.at + b->sb;
        b->pa = list[0] == NONE || links[list[0]] == 1;
        for (unsigned j = 0; j < b->db; j++) b->pa &= list[5 * j + 2] != NONE && links[list[5 * j + 2]] == 1;
        if (b->pa && list[0] != NONE) p->single[list[0]] = 1;
        for (unsigned j = 0; b->pa && j < b->db; j++) p->single[list[5 * j + 2]] = 1;
    }
    for (size_t i = 0; i < f->inputs; i++) p->running += !p->single[i];
}

static void free_plan(Plan *p) {
    free(p->single);
    free(p->steps);
    free(p->links);
    free(p->list.at);
    free(p->row);
    free(p->gradient);
    free(p->seed);
    memset(p, 0, sizeof *p);
}

/* A workspace has at most so many rows: the zeros, a value of each id and a partial of each operand, a gradient of each id and
   result. Where a row begins is counted in 32 bits. */
static size_t most_rows(const Flat *f) {
    return 2 * (f->inputs + f->constants + f->instructions) + f->start[f->instructions] + f->results + 2;
}

/* How to compute a program. `shared` and `wanted` say of each input whether all rows of a block share it and whether derivatives
   by it are wanted; without `blocks` every number has a row. Returns -1 without memory or with more rows than can be counted. */
static int make_plan(
    const Flat *f, const Flag *shared, const Flag *wanted, int blocks, int direction, size_t lanes, Plan *p
) {
    const size_t ids = f->inputs + f->constants + f->instructions;
    unsigned widest = 1;
    memset(p, 0, sizeof *p);
    Maker m = {p, f, shared, wanted, blocks, direction, f->inputs + f->constants};
    for (size_t i = 0; i < f->instructions; i++)
        if (f->start[i + 1] - f->start[i] > widest) widest = f->start[i + 1] - f->start[i];
    p->flat = f, p->lanes = lanes;
    if (most_rows(f) * lanes > LINK_MINUS) return -1;
    p->steps = (Step *)malloc((f->instructions + 1) * sizeof(Step));
    p->row = (unsigned *)calloc(ids + 1, sizeof(unsigned));
    p->gradient = (unsigned *)calloc(f->inputs + 1, sizeof(unsigned));
    p->seed = (unsigned *)calloc(f->results + 1, sizeof(unsigned));
    p->single = (Flag *)calloc(f->inputs + 1, sizeof(Flag));
    m.active = (Flag *)calloc(2 * ids + 1, sizeof(Flag));
    m.last = (unsigned *)calloc(2 * ids + 2 * f->instructions + 1, sizeof(unsigned));
    Edge *edges = (Edge *)malloc(widest * sizeof(Edge));
    m.failed = !p->steps || !p->row || !p->gradient || !p->seed || !p->single || !m.active || !m.last || !edges;
    if (!m.failed) {
        m.kept = m.active + ids, m.slot = m.last + ids, m.stored = m.slot + ids, m.order = m.stored + f->instructions;
        arrange(&m);
        survey(&m);
        lay_steps(&m);
        if (direction == GRADIENTS) lay_gradients(&m, edges);
        if (direction == TANGENTS) lay_tangents(&m, edges);
        p->gradient[f->inputs] = direction == TANGENTS;
        if (direction == GRADIENTS && blocks) mark_single(p, m.slot);
        for (size_t i = 0; i < f->inputs; i++) p->laid += shared[i] && p->row[i];
        p->size = p->values + p->lanes * m.refs.n;
        p->shared = (p->size + 7) & ~(size_t)7;
        p->totals = p->shared + (blocks ? f->inputs + f->constants : 0);
        p->sums = (p->totals + (blocks && direction == GRADIENTS ? f->inputs : 0) + 7) & ~(size_t)7;
        p->room = p->sums + (blocks && direction == GRADIENTS ? SUMS * f->inputs : 0);
    }
    m.failed |= p->list.failed | m.refs.failed | m.free_values.failed | m.free_slots.failed;
    free(m.active);
    free(m.last);
    free(edges);
    free(m.refs.at);
    free(m.free_values.at);
    free(m.free_slots.at);
    if (m.failed) free_plan(p);
    return m.failed ? -1 : 0;
}

/* Running. */

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

static inline void set_row(const Plan *p, double *w, unsigned row, double number) {
    for (size_t k = 0; k < p->lanes; k++) w[row + k] = number;
}

/* All numbers of a program at one point: -1 if a called function failed, 1 if one of them is not finite. */
static int point_forward(const Plan *p, const Bench *bench, double *w, const double *xs) {
    for (size_t i = 0; i < p->flat->inputs; i++)
        if (p->row[i]) w[p->row[i]] = xs[i];
    return forward_point(p->steps, p->steps + p->step_count, bench, w, 1);
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
    for (size_t i = 0; i < p->flat->inputs; i++) gradient[i] = w[p->gradient[i]] + 0.0; /* no negative zeros */
}

/* Many sweeps over one point: the numbers of the point, in the C library's functions, in all lanes. */
static int spread_forward(const Plan *p, const Bench *bench, double *w, const double *xs) {
    for (size_t i = 0; i < p->flat->inputs; i++)
        if (p->row[i]) w[p->row[i]] = xs[i];
    if (forward_lane(p->steps, p->steps + p->step_count, bench, w, p->lanes) < 0) return -1;
    for (size_t row = p->lanes; row < p->values; row += p->lanes) set_row(p, w, (unsigned)row, w[row]);
    return 0;
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

/* Numbers that all rows share: by id for those who ask by id, and in all lanes of a row for those who read rows. */
static void load_shared(const Plan *p, double *w, double *shared, const Block *block, size_t first, int each) {
    memcpy(shared + first, block->at, block->width * sizeof(double));
    for (size_t i = 0; (each || p->laid) && i < block->width; i++)
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
    const int totals_only = bench->whole && p->running == 0;
    for (size_t i = 0; totals_only && i < block->width; i++) block->to[i] += bench->totals[first + i];
    for (size_t i = 0; !totals_only && i < block->width; i++) {
        if (bench->whole && p->single[first + i]) {
            block->to[i] += bench->totals[first + i];
            continue;
        }
        double *s = bench->sums + SUMS * (first + i), half[4];
        for (int k = 0; k < 4; k++) half[k] = s[k] + s[k + 4];
        for (int k = 0; k < SUMS; k++) s[k] = 0.0;
        block->to[i] += (half[0] + half[2]) + (half[1] + half[3]);
    }
}

/* Rows in blocks of lanes: the results of each, and with a plan for gradients the derivatives of each result in turn, times the
   row's weight. An argument with rows of its own, or with `each` every one, gets each row's derivatives (by row, then result);
   a shared one is given the sum over all rows, taken in pieces of so many rows. */
static int run_rows(
    const Plan *p, const Set *set, Bench *bench, double *w, const Block *blocks, size_t block_count, int each, size_t rows,
    size_t piece, const double *weights, double *values, int differentiate
) {
    const size_t results = differentiate ? p->flat->results : 0;
    size_t first = 0, rest = piece;
    bench->shared = w + p->shared, bench->totals = w + p->totals, bench->sums = w + p->sums;
    bench->whole = results == 1 && (piece < rows ? piece : rows) <= p->lanes;
    for (size_t b = 0; b < block_count; first += blocks[b++].width) {
        if (!blocks[b].own) load_shared(p, w, bench->shared, &blocks[b], first, each);
        if (blocks[b].to == NULL || blocks[b].own || each) continue;
        memset(blocks[b].to, 0, blocks[b].width * sizeof(double));
    }
    for (size_t begin = 0; begin < rows;) {
        const size_t left = rest < rows - begin ? rest : rows - begin, count = left < p->lanes ? left : p->lanes;
        const size_t lanes = (count + SUMS - 1) / SUMS * SUMS; /* no more are computed */
        first = 0;
        for (size_t b = 0; b < block_count; first += blocks[b++].width)
            if (blocks[b].own) load_rows(p, w, &blocks[b], first, begin, count, lanes);
        if (set->forward(p->steps, p->steps + p->step_count, bench, w, lanes) < 0) {
            memset(w + p->sums, 0, (p->room - p->sums) * sizeof(double));
            return -1;
        }
        store_values(p, w, values, begin, count);
        for (size_t r = 0; r < results; r++) {
            for (size_t k = 0; k < results; k++) set_row(p, w, p->seed[k], 0.0);
            for (size_t c = 0; p->seed[r] && c < count; c++) w[p->seed[r] + c] += weights == NULL ? 1.0 : weights[begin + c];
            set->sweep(p->links, p->links + p->link_count, bench, w, lanes);
            first = 0;
            for (size_t b = 0; b < block_count; first += blocks[b++].width)
                if (blocks[b].to != NULL && (blocks[b].own || each)) store_rows(p, w, &blocks[b], first, begin, count, results, r);
        }
        begin += count;
        rest -= count;
        if (rest > 0 && begin < rows) continue;
        rest = piece;
        first = 0;
        for (size_t b = 0; results && b < block_count; first += blocks[b++].width)
            if (blocks[b].to != NULL && !blocks[b].own && !each) fold_sums(p, bench, &blocks[b], first);
    }
    return 0;
}
