/* Plans how a recorded program is computed: at one point, or on blocks of rows.

   The workspace is an array of rows of numbers; a row has one number for each of the points that are computed together
   (`lanes`; one at a single point). A plan says for each instruction which rows it reads and writes:
   - Values that no partial needs, and gradients, are written over as soon as their last reader is done.
   - A partial that is an operand or a result (of `a * b`, of `exp(x)`) is that row itself; only others are stored.
   - A gradient that is passed on unchanged (through `a + b`) is not copied: both share the row until one is added to.
   Sums run in the order of the eager engine, so that a single point gives its bits. run.h carries plans out. */

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include "_steps.h"
#include "../product.h"

#define NONE 0xffffffffu
enum { PASSIVE = 0x8000, LINKED = 0x7fff }; /* codes of lowered programs: value only; a value with its edges spelt out */
#define LINK_PLUS 0xfffffffeu  /* partials of a LINKED instruction that are no row */
#define LINK_MINUS 0xfffffffdu

/* Whether blocks are computed by vectors. NO_VECTORS: as a compiler without vector types builds them. */
#if defined(__GNUC__) && (defined(__x86_64__) || defined(__aarch64__)) && !defined(NO_VECTORS)
#define VECTORS 1
#else
#define VECTORS 0
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
    TAKE_BACK, SHARED_TAKE, TAKE_ALONG, /* see take.h */
    ALONG_TIMES, ALONG_OPEN, /* of tangents, of which 0 times infinity must be seen */
    LAYER_BACK, LAYER_VECTOR, LAYER_WEIGHTS
};

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

/* Behind a result: see stops.h. The instructions, the steps, and the links that come before; what its links may read, as runs in the list; where the
   gradient of the result starts. */
typedef struct { unsigned end, steps, links, live, runs, seed; } Stop;

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
    Flag *read;          /* of each input whether a partial reads it */
    Flag *single;        /* of each shared input whether at most one link adds to its gradient, in a SHARED_DOT of such inputs */
    size_t laid_out;     /* how many numbers matrices have that were laid by columns, behind values and gradients */
    Words runs;          /* at one point: of each run of inputs how many they are, and where their gradients stand as neighbours; 0: nowhere */
    Words laid;          /* the inputs that all rows of a block share and have a row all the same */
    Stop *stop;          /* of each result; NULL where rows do not stop early */
    size_t shared, sums, totals, on, room; /* where the arrays of Bench stand behind the workspace, how many lanes go on to each result, and the end of all */
} Plan;

typedef struct {
    Plan *plan;
    const Flat *flat;
    const Flag *shared, *wanted;
    int blocks, direction;
    size_t first;
    Flag *active, *kept;
    unsigned *last, *slot, *stored, *order;
    unsigned *layer; /* of each place where a layer begins twice how many dot products it has, plus which half of the operands they share */
    unsigned *tried; /* of each instruction, once it was asked for a layer of gradients, the lowest that may be one's last */
    unsigned *mark, stamp; /* ids that a layer of gradients reads (twice the stamp), or that others between its members do (and 1) */
    unsigned *transposed; /* of each input and constant the matrix, counted from 1, that begins with it and was laid by columns */
    unsigned *home; size_t homes; /* of each id the place, counted from 1, of its gradient among neighbours; where they begin */
    Words matrices;
    unsigned *crowd; /* of each instruction of a crowd the number, counted from 1, of the last of it; else 0 */
    Words refs, free_values, free_slots;
    int failed;
} Maker;

enum { VALUES_ONLY, GRADIENTS, TANGENTS };

typedef struct { unsigned to, kind, by; } Edge; /* kind: of a Link at one edge; `by` is a row */

static inline int is_shared(const Maker *m, unsigned id) {
    return m->blocks && id < m->first && (id >= m->flat->inputs || m->shared[id]);
}

static inline int has_kernel(unsigned code) { return code < CODES && ARITY[code]; }

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

#include "take.h"

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
    if (has_kernel(code)) {
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
    if (is_take(m, i)) {
        for (unsigned j = 1; j < n; j++) any |= active[xs[j]];
        m->kept[xs[0]] |= (Flag)any;
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

/* Whether an instruction is a product around a gap, whose place is a constant, the first operand. */
static int is_around_gap(const Maker *m, size_t i) {
    const Flat *f = m->flat;
    if ((f->code[i] & ~PASSIVE) != CODE_COFACTOR || f->start[i + 1] == f->start[i]) return 0;
    return f->operand[f->start[i]] >= f->inputs && f->operand[f->start[i]] < m->first;
}

static inline unsigned gap_of(const Maker *m, size_t i) {
    const Flat *f = m->flat;
    return gap_at(f->constant[f->operand[f->start[i]] - f->inputs], f->start[i + 1] - f->start[i] - 1);
}

/* Crowds: neighbours that are each the product of the same `n` numbers but one, as a gradient has them, are computed in one step.
   Where the gap is says an operand; of a few numbers, where it makes no difference, that follows from the place in the crowd. */

typedef struct { size_t first, last; unsigned n, *all; } Crowd; /* `all` has room for the numbers */

static inline unsigned gap_in(const Maker *m, const Crowd *crowd, size_t i) {
    return is_around_gap(m, i) ? gap_of(m, i) : (unsigned)(i - crowd->first);
}

/* The factors of instruction i if it is such a product of `n` numbers but one; NULL if not. */
static const unsigned *factors_of(const Maker *m, size_t i, unsigned n) {
    const Flat *f = m->flat;
    const unsigned skipped = (unsigned)is_around_gap(m, i);
    if (f->start[i + 1] - f->start[i] != n - 1 + skipped || (!skipped && (f->code[i] != CODE_PROD || n > FEW_FACTORS))) return NULL;
    return f->operand + f->start[i] + skipped;
}

static int leaves_out(const Maker *m, const Crowd *crowd, size_t i) {
    const unsigned *xs = factors_of(m, i, crowd->n), gap = gap_in(m, crowd, i);
    return xs != NULL && gap < crowd->n && memcmp(xs, crowd->all, gap * sizeof *xs) == 0 &&
           memcmp(xs + gap, crowd->all + gap + 1, (crowd->n - 1 - gap) * sizeof *xs) == 0;
}

/* The crowd that begins with an instruction and ends before `end`; it is worth a step where it has half of the products. From
   the first and the second of them it is known which the numbers are. */
static int find_crowd(const Maker *m, size_t first, size_t end, Crowd *crowd) {
    const Flat *f = m->flat;
    if (first + 1 >= end) return 0;
    crowd->first = crowd->last = first;
    crowd->n = f->start[first + 1] - f->start[first] + !is_around_gap(m, first);
    const unsigned *xs = factors_of(m, first, crowd->n), *next = factors_of(m, first + 1, crowd->n);
    const unsigned gap = gap_in(m, crowd, first);
    if (crowd->n < 3 || xs == NULL || next == NULL || gap >= gap_in(m, crowd, first + 1)) return 0;
    if (next[gap] >= m->first + first) return 0; /* the second multiplies what the first gives */
    memcpy(crowd->all, xs, gap * sizeof *xs);
    memcpy(crowd->all + gap + 1, xs + gap, (crowd->n - 1 - gap) * sizeof *xs);
    crowd->all[gap] = next[gap];
    for (size_t i = first + 1; i < end && leaves_out(m, crowd, i); i++) {
        if (gap_in(m, crowd, i) <= gap_in(m, crowd, i - 1)) break;
        crowd->last = i;
    }
    return crowd->last - first >= crowd->n / 2;
}

/* The order of the steps: in each WINDOW of the program those first that depend on nothing else in it, then those that depend
   on these, and so on. Neighbours are then independent, and the processor works on several at a time; no bit changes. */
enum { WINDOW = 512 };

/* Whether two instructions are dot products that have a half of their operands in common: bit 0 the second half, bit 1 the first. */
static unsigned common_halves(const Maker *m, size_t i, size_t k) {
    const Flat *f = m->flat;
    const unsigned n = f->start[i + 1] - f->start[i], *xs = f->operand + f->start[i], *ys = f->operand + f->start[k];
    if (f->code[i] != CODE_DOT || f->code[k] != CODE_DOT || n < 2 || f->start[k + 1] - f->start[k] != n) return 0;
    const size_t bytes = n / 2 * sizeof *xs;
    return (unsigned)(memcmp(xs + n / 2, ys + n / 2, bytes) == 0) + 2 * (unsigned)(memcmp(xs, ys, bytes) == 0);
}

#include "stops.h"

/* Where a window that begins there ends: before a run of dot products with common operands rather than within it. Their
   activations may stand between them. */
static size_t window_end(const Maker *m, size_t begin) {
    const size_t all = stop_behind(m, begin);
    size_t end = begin + WINDOW;
    if (end + 2 >= all) return end < all ? end : all;
    while (end > begin + WINDOW / 2) {
        const int within = common_halves(m, end - 1, end) || common_halves(m, end - 1, end + 1) || common_halves(m, end - 2, end);
        if (!within) return end;
        end--;
    }
    return begin + WINDOW;
}

/* The level of a crowd is that of the last of its members, each of which knows where its crowd ends. */
static void together(const Maker *m, size_t begin, size_t i, unsigned *level) {
    const unsigned last = m->crowd[begin + i];
    if (last != begin + i + 1) return;
    unsigned highest = 0;
    size_t first = i;
    while (first > 0 && m->crowd[begin + first - 1] == last) first--;
    for (size_t k = first; k <= i; k++) highest = level[k] > highest ? level[k] : highest;
    for (size_t k = first; k <= i; k++) level[k] = highest;
}

/* Where derivatives are wanted each member has partials of its own, and so a step. */
static void find_crowds(Maker *m, unsigned *room) {
    Crowd crowd = {0, 0, 0, room};
    for (size_t begin = 0, end; begin < m->flat->instructions && m->direction == VALUES_ONLY; begin = end) {
        end = window_end(m, begin);
        for (size_t i = begin; i < end; i++) {
            if (!find_crowd(m, i, end, &crowd)) continue;
            for (; i < crowd.last; i++) m->crowd[i] = (unsigned)crowd.last + 1;
            m->crowd[i] = (unsigned)crowd.last + 1;
        }
    }
}

static void find_layers(Maker *m, size_t begin, size_t size, const unsigned *level);

static void arrange(Maker *m) {
    const Flat *f = m->flat;
    unsigned level[WINDOW], count[WINDOW + 1];
    for (size_t begin = 0, end; begin < f->instructions; begin = end) {
        end = window_end(m, begin);
        const size_t size = end - begin;
        memset(count, 0, sizeof count);
        for (size_t i = 0; i < size; i++) {
            level[i] = 0;
            for (unsigned j = f->start[begin + i]; j < f->start[begin + i + 1]; j++) {
                const unsigned x = f->operand[j];
                if (x < LINK_MINUS && x >= m->first + begin && level[x - m->first - begin] >= level[i])
                    level[i] = level[x - m->first - begin] + 1;
            }
            together(m, begin, i, level);
        }
        for (size_t i = 0; i < size; i++) count[level[i] + 1 < WINDOW ? level[i] + 1 : WINDOW]++;
        for (size_t k = 1; k < WINDOW; k++) count[k] += count[k - 1];
        for (size_t i = 0; i < size; i++) m->order[begin + count[level[i]]++] = (unsigned)(begin + i);
        find_layers(m, begin, size, level);
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
        const int dot = is_dot_of_shared(m, i), take = is_take_of_shared(m, i);
        for (unsigned j = 0; j < n; j += step) {
            if (xs[j] < m->first && !(dot && is_shared(m, xs[j])) && !(take && j)) m->plan->row[xs[j]] = 1;
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

static unsigned push_rows(Maker *m, const unsigned *xs, unsigned n) {
    const unsigned at = (unsigned)m->plan->list.n;
    for (unsigned j = 0; j < n; j++) push(&m->plan->list, m->plan->row[xs[j]]);
    return at;
}

/* Of each id the place, counted from 1, of the last instruction that reads it; without an `order` they stand in their own. */
static void mark_last(Maker *m, const unsigned *order) {
    const Flat *f = m->flat;
    for (size_t k = 0; k < f->instructions; k++) {
        const size_t i = order == NULL ? k : order[k];
        for (unsigned j = f->start[i]; j < f->start[i + 1]; j++)
            if (f->operand[j] < LINK_MINUS) m->last[f->operand[j]] = (unsigned)k + 1;
    }
}

/* The step of an instruction that has a kernel; how many partials it stores. */
static unsigned kernel_step(Maker *m, size_t i, Step *s) {
    const Flat *f = m->flat;
    const unsigned code = f->code[i] & (PASSIVE - 1), *xs = f->operand + f->start[i], n = f->start[i + 1] - f->start[i];
    const unsigned *row = m->plan->row;
    unsigned mask = 0, stores = 0;
    for (unsigned j = 0; j < n; j++) /* of a passive one none: it is not active either */
        if (m->active[m->first + i] && m->active[xs[j]] && EDGE[code][j] != NO_EDGE) {
            mask |= 1u << j;
            stores += EDGE[code][j] == BY_STORED;
        }
    s->kernel = KERNEL[code][mask];
    if (n < 3) s->a = row[xs[0]], s->b = n > 1 ? row[xs[1]] : 0;
    else s->a = push_rows(m, xs, n), s->b = n;
    return stores;
}

/* The step of a product. List: where the gap is, then the rows of the factors. */
static unsigned product_step(Maker *m, size_t i, Step *s) {
    const Flat *f = m->flat;
    const unsigned skipped = (unsigned)is_around_gap(m, i), *xs = f->operand + f->start[i] + skipped;
    s->b = f->start[i + 1] - f->start[i] - skipped;
    s->a = (unsigned)push(&m->plan->list, skipped ? gap_of(m, i) : s->b);
    push_rows(m, xs, s->b);
    s->kernel = m->active[m->first + i] ? COFACTORS : PRODUCT;
    return m->active[m->first + i] ? s->b : 0;
}

/* The step of an instruction of many operands, or of a call; how many partials it stores. */
static unsigned list_step(Maker *m, size_t i, Step *s) {
    const Flat *f = m->flat;
    const unsigned code = f->code[i] & (PASSIVE - 1), *xs = f->operand + f->start[i], n = f->start[i + 1] - f->start[i];
    Words *list = &m->plan->list;
    if (is_dot_of_shared(m, i)) {
        s->kernel = DOT_SHARED, s->a = (unsigned)list->n, s->b = n / 2;
        push(list, n % 2 ? xs[n - 1] : NONE);
        for (unsigned j = 0; j < n / 2; j++) {
            push(list, xs[j]);
            push(list, m->plan->row[xs[n / 2 + j]]);
        }
        return 0;
    }
    if (is_take(m, i)) {
        take_step(m, i, s);
        return 0;
    }
    if (code == CODE_PROD || is_around_gap(m, i)) return product_step(m, i, s);
    s->a = push_rows(m, xs, n), s->b = n;
    switch (code) {
    case CODE_SUM: s->kernel = SUM; return 0;
    case CODE_LOGSUMEXP: s->kernel = LOGSUMEXP; return 0;
    case CODE_DOT: s->kernel = DOT, s->b = n / 2, s->p = n % 2; return 0;
    }
    s->kernel = CALL;
    push(list, code);
    push_mask(m, xs, n);
    return m->active[m->first + i] ? n : 0;
}

/* The rows that instruction i, in place k, reads for the last time are free. */
static void free_read(Maker *m, size_t k, size_t i) {
    const Flat *f = m->flat;
    for (unsigned j = f->start[i]; j < f->start[i + 1]; j++) {
        const unsigned x = f->operand[j];
        if (x >= m->first && m->last[x] == k + 1 && !m->kept[x] && m->plan->row[x]) {
            push(&m->free_values, m->plan->row[x]);
            m->plan->row[x] = 0;
        }
    }
}

/* Rows for the result of instruction i and for the partials that it stores; `next` is the first that was never used. */
static void place(Maker *m, size_t i, unsigned stores, Step *s, unsigned *next) {
    const size_t id = m->first + i;
    const unsigned lanes = (unsigned)m->plan->lanes;
    if (m->kept[id] || m->free_values.n == 0) s->out = *next, *next += lanes;
    else s->out = m->free_values.at[--m->free_values.n];
    m->plan->row[id] = s->out;
    if (m->last[id] == 0 && !m->kept[id]) push(&m->free_values, s->out); /* computed for its partials alone */
    if (stores) m->stored[i] = s->p = *next, *next += stores * lanes;
}

/* One step for a crowd that begins with instruction i: all cofactors, into neighbouring rows. */
static void crowd_step(Maker *m, size_t i, unsigned *room, unsigned *next) {
    const unsigned lanes = (unsigned)m->plan->lanes;
    Crowd crowd = {0, 0, 0, room};
    find_crowd(m, i, m->crowd[i], &crowd);
    Step s = {COFACTORS, *next + crowd.n * lanes, (unsigned)push(&m->plan->list, crowd.n), crowd.n, *next};
    push_rows(m, crowd.all, crowd.n);
    for (; i <= crowd.last; i++) m->plan->row[m->first + i] = s.p + gap_in(m, &crowd, i) * lanes;
    *next = s.out + lanes;
    push(&m->free_values, s.out); /* the product itself */
    m->plan->steps[m->plan->step_count++] = s;
}

static size_t lay_layer(Maker *m, size_t k, unsigned *next);

/* Second walk: the rows of values, and the steps. */
static void lay_steps(Maker *m, unsigned *room) {
    const Flat *f = m->flat;
    Plan *p = m->plan;
    unsigned next = p->lanes == 1 ? 8 : (unsigned)p->lanes; /* at one point vectors of neighbours begin with a cache line */
    size_t passed = 0;
    for (size_t i = 0; i < m->first; i++)
        if (p->row[i]) p->row[i] = next, next += (unsigned)p->lanes;
    mark_last(m, m->order);
    for (size_t k = 0; k < f->instructions; k++) {
        passed = pass_stops(m, k, passed);
        const size_t i = m->order[k], laid = m->layer[k] ? lay_layer(m, k, &next) : 0;
        if (laid) {
            k += laid - 1;
            continue;
        }
        if (f->code[i] == LINKED) {
            p->row[m->first + i] = p->row[f->operand[f->start[i]]];
            continue;
        }
        if (m->crowd[i]) {
            if (i == 0 || m->crowd[i - 1] != m->crowd[i]) crowd_step(m, i, room, &next);
            free_read(m, k, i);
            continue;
        }
        Step s = {0, 0, 0, 0, 0};
        const unsigned stores = has_kernel(f->code[i] & (PASSIVE - 1)) ? kernel_step(m, i, &s) : list_step(m, i, &s);
        free_read(m, k, i);
        place(m, i, stores, &s, &next);
        p->steps[p->step_count++] = s;
    }
    pass_stops(m, f->instructions, passed);
    p->values = p->lanes == 1 ? (next + 7) & ~7u : next;
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
    const unsigned now = m->slot[id], home = m->home[id] ? (unsigned)m->homes + m->home[id] - 1 : 0;
    if (now && (m->refs.failed || now == home || (!home && *holders(m, now) == 1))) return *write = now;
    if (now) drop(m, now);
    *write = m->slot[id] = home ? home : new_slot(m);
    return now;
}

static void add_link(Maker *m, Link link) {
    Plan *p = m->plan;
    if (p->link_count == p->link_room) {
        const size_t room = p->link_room < 128 ? 256 : 2 * p->link_room;
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

static void add_waiting(Maker *m, size_t id);

static void connect(Maker *m, unsigned kind, unsigned g, unsigned to, unsigned by) {
    if (m->direction == GRADIENTS && is_shared(m, to)) add_waiting(m, to);
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
    const int native = has_kernel(code), chooses = code < f->choices && f->choice[code];
    for (unsigned j = (unsigned)is_around_gap(m, i); j < n; j++) {
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
    for (unsigned j = 0; j < pairs; j++) add_waiting(m, xs[j]);
    if (n % 2) add_waiting(m, xs[n - 1]);
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

#include "layers.h"

static inline int leads_to(const Edge *edges, unsigned n, unsigned to) {
    for (unsigned j = 0; j < n; j++)
        if (edges[j].to == to) return 1;
    return 0;
}

/* The gradient of instruction i, which is complete at row g, to its operands. */
static void link_back(Maker *m, size_t i, unsigned g, Edge *edges) {
    if (is_dot_of_shared(m, i) || is_take(m, i)) {
        (is_take(m, i) ? link_take : link_dot_of_shared)(m, i, g);
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
    reserve_homes(m);
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
    size_t ahead = f->results;
    for (size_t i = f->instructions; i-- > 0;) {
        ahead = meet_stops(m, i, ahead);
        const unsigned id = (unsigned)(m->first + i), g = m->slot[id];
        if (is_in_layer(m, i) || !g) continue; /* a layer may end with a member that nothing comes in at */
        m->slot[id] = 0;
        if (!m->blocks) add_waiting_of(m, i, 2);
        link_back(m, i, g, edges);
    }
    add_all_waiting(m);
    meet_last_stops(m, ahead);
    for (size_t i = 0; i < f->inputs; i++) p->gradient[i] = m->slot[i];
    if (p->lanes == 1) push_runs(p);
}

/* Or forwards: the links of tangents. */
static void lay_tangents(Maker *m, Edge *edges) {
    const Flat *f = m->flat;
    Plan *p = m->plan;
    for (size_t i = 0; i < f->inputs; i++)
        if (m->active[i]) p->gradient[i] = m->slot[i] = new_slot(m);
    mark_last(m, NULL);
    for (size_t k = 0; k < f->results; k++) m->last[f->result[k]] = NONE;
    for (size_t i = 0; i < f->instructions; i++) {
        const unsigned id = (unsigned)(m->first + i), *xs = f->operand + f->start[i], n = f->start[i + 1] - f->start[i];
        if (m->active[id]) {
            const unsigned found = is_take(m, i) ? 0 : edges_of(m, i, edges);
            if (is_take(m, i)) link_take_along(m, i);
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

/* How many sums a SHARED_DOT, or a layer of them, adds to, and number k of these, first those of biases; or NONE. */
static inline size_t sums_of(const Link *b) {
    return b->kind == SHARED_DOT ? 1 + (size_t)b->db : b->kind == LAYER_WEIGHTS ? b->db * (1 + (size_t)b->sa) : 0;
}

static inline unsigned sum_of(const Plan *p, const Link *b, size_t k) {
    const unsigned *list = p->list.at + b->sb;
    if (b->kind == SHARED_DOT) return list[k ? 5 * (k - 1) + 2 : 0];
    list += (size_t)b->da * b->db; /* behind what comes in */
    if (k < b->db) return list[k];
    return list[b->db + (size_t)b->da * b->sa + (k - b->db) / b->sa] + (unsigned)((k - b->db) % b->sa);
}

/* The sums that such a link alone adds to, and no other to any of its own (pa = 1), need no running sums where a block is a piece. */
static void mark_single(Plan *p, unsigned *links) {
    const Flat *f = p->flat;
    memset(links, 0, f->inputs * sizeof(unsigned));
    for (const Link *b = p->links; b < p->links + p->link_count; b++) {
        if (b->kind >= SHARED_PLUS && b->kind < SHARED_DOT) links[b->da] += 2;
        for (unsigned j = 0; b->kind == SHARED_TAKE && j < b->db; j++)
            if (p->list.at[b->sb + j] != NONE) links[p->list.at[b->sb + j]] += 2;
        for (size_t k = 0; k < sums_of(b); k++)
            if (sum_of(p, b, k) != NONE) links[sum_of(p, b, k)]++;
    }
    for (size_t i = 0; i < f->inputs; i++) p->single[i] = links[i] == 0;
    for (Link *b = p->links; b < p->links + p->link_count; b++) {
        const size_t biases = b->kind == SHARED_DOT ? 1 : b->db, all = sums_of(b);
        if (!all) continue;
        b->pa = 1;
        for (size_t k = 0; k < all; k++) {
            const unsigned id = sum_of(p, b, k);
            b->pa &= id == NONE ? k < biases : links[id] == 1;
        }
        for (size_t k = 0; b->pa && k < all; k++)
            if (sum_of(p, b, k) != NONE) p->single[sum_of(p, b, k)] = 1;
    }
}

static void free_plan(Plan *p) {
    free(p->read);
    free(p->single);
    free(p->steps);
    free(p->links);
    free(p->list.at);
    free(p->runs.at);
    free(p->laid.at);
    free(p->row);
    free(p->gradient);
    free(p->seed);
    free(p->stop);
    memset(p, 0, sizeof *p);
}

/* A workspace has at most so many rows: the zeros, a value of each id and a partial of each operand, a gradient of each id and
   result. Where a row begins is counted in 32 bits. */
static size_t most_rows(const Flat *f) {
    return 2 * (f->inputs + f->constants + f->instructions) + f->start[f->instructions] + f->results + 2;
}

/* How to compute a program. `shared` and `wanted` say of each input whether all rows of a block share it and whether derivatives
   by it are wanted; without `blocks` every number has a row; with `early` rows stop where they need no more results. Returns -1 without memory or with more rows than can be counted. */
static int make_plan(
    const Flat *f, const Flag *shared, const Flag *wanted, int blocks, int direction, int early, size_t lanes, Plan *p
) {
    const size_t ids = f->inputs + f->constants + f->instructions;
    unsigned widest = 1;
    memset(p, 0, sizeof *p);
    Maker m = {.plan = p, .flat = f, .shared = shared, .wanted = wanted, .blocks = blocks, .direction = direction};
    m.first = f->inputs + f->constants;
    for (size_t i = 0; i < f->instructions; i++)
        if (f->start[i + 1] - f->start[i] > widest) widest = f->start[i + 1] - f->start[i];
    p->flat = f, p->lanes = lanes;
    if (most_rows(f) * (lanes == 1 ? 4 : lanes) + 64 > LINK_MINUS) return -1; /* at one point layers take some more: see layers.h */
    p->steps = (Step *)malloc((f->instructions + 1) * sizeof(Step));
    p->row = (unsigned *)calloc(ids + 1, sizeof(unsigned));
    p->gradient = (unsigned *)calloc(f->inputs + 1, sizeof(unsigned));
    p->seed = (unsigned *)calloc(f->results + 1, sizeof(unsigned));
    p->single = (Flag *)calloc(f->inputs + 1, sizeof(Flag));
    p->read = (Flag *)calloc(f->inputs + 1, sizeof(Flag));
    p->stop = early ? (Stop *)calloc(f->results, sizeof(Stop)) : NULL;
    p->links = (Link *)malloc(sizeof(Link)); /* an address, also where there is none */
    p->link_room = 1;
    m.active = (Flag *)calloc(2 * ids + 1, sizeof(Flag));
    m.last = (unsigned *)calloc(5 * ids + 5 * f->instructions + widest + 2, sizeof(unsigned));
    Edge *edges = (Edge *)malloc(widest * sizeof(Edge));
    m.failed = !p->steps || !p->row || !p->gradient || !p->seed || !p->single || !p->read || !p->links || !m.active || !m.last || !edges || (early && !p->stop);
    if (!m.failed) {
        m.kept = m.active + ids, m.slot = m.last + ids, m.stored = m.slot + ids, m.order = m.stored + f->instructions;
        m.layer = m.order + f->instructions, m.tried = m.layer + f->instructions;
        m.mark = m.tried + f->instructions, m.home = m.mark + ids, m.transposed = m.home + ids, m.crowd = m.transposed + ids;
        find_stops(&m);
        find_crowds(&m, m.crowd + f->instructions);
        arrange(&m);
        survey(&m);
        memcpy(p->read, m.kept, f->inputs * sizeof(Flag));
        lay_steps(&m, m.crowd + f->instructions);
        if (direction == GRADIENTS) lay_gradients(&m, edges);
        if (direction == TANGENTS) lay_tangents(&m, edges);
        if (!p->list.n) push(&p->list, 0); /* steps that read no list count from its address too */
        p->gradient[f->inputs] = direction == TANGENTS;
        if (direction == GRADIENTS && blocks && !p->list.failed) mark_single(p, m.slot);
        for (size_t i = 0; i < f->inputs; i++)
            if (shared[i] && p->row[i]) push(&p->laid, (unsigned)i);
        p->size = padded((unsigned)(p->values + p->lanes * m.refs.n));
        if (!p->list.failed) settle_matrices(p, p->size);
        p->size += p->laid_out;
        p->shared = (p->size + 7) & ~(size_t)7;
        p->totals = p->shared + (blocks ? f->inputs + f->constants : 0);
        p->sums = (p->totals + (blocks && direction == GRADIENTS ? f->inputs : 0) + 7) & ~(size_t)7;
        p->on = p->sums + (blocks && direction == GRADIENTS ? SUMS * f->inputs : 0);
        p->room = p->on + (early ? f->results : 0);
    }
    m.failed |= p->list.failed | p->runs.failed | p->laid.failed | m.matrices.failed | m.refs.failed | m.free_values.failed | m.free_slots.failed;
    free(m.active);
    free(m.last);
    free(edges);
    free(m.refs.at);
    free(m.matrices.at);
    free(m.free_values.at);
    free(m.free_slots.at);
    if (m.failed) free_plan(p);
    return m.failed ? -1 : 0;
}
