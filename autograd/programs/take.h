/* What is picked by an index, an operand that is a whole number: a load forward, and backward one sum, whatever the table has.

   plan.h includes the first half, lanes.h the second one for each instruction set. Of an index beyond the table, which is refused
   where arguments are read, nothing is read or written. */

#ifndef SET

static inline int is_take(const Maker *m, size_t i) { return m->flat->code[i] == CODE_TAKE; }

/* Whether all rows of a block pick from the same numbers, which need no rows then. */
static int is_take_of_shared(const Maker *m, size_t i) {
    const Flat *f = m->flat;
    if (!m->blocks || !is_take(m, i)) return 0;
    for (unsigned j = f->start[i] + 1; j < f->start[i + 1]; j++)
        if (!is_shared(m, f->operand[j])) return 0;
    return 1;
}

/* The step. List: of each entry of the table the row, or the id of one that all rows share. */
static void take_step(Maker *m, size_t i, Step *s) {
    const Flat *f = m->flat;
    const unsigned *xs = f->operand + f->start[i], n = f->start[i + 1] - f->start[i] - 1;
    const int shared = is_take_of_shared(m, i);
    s->kernel = shared ? TAKE_SHARED : TAKE, s->a = (unsigned)m->plan->list.n, s->b = n, s->p = m->plan->row[xs[0]];
    for (unsigned j = 1; j <= n; j++) push(&m->plan->list, shared ? xs[j] : m->plan->row[xs[j]]);
}

static unsigned target(Maker *m, unsigned id, unsigned *write);
static void add_waiting(Maker *m, size_t id);
static void add_link(Maker *m, Link link);

/* The gradient at row g to the entries. List: `sa` pairs of where to read and write what is to be there first, for a gradient may
   begin here; then of each entry where to add, or NONE. To what all rows share, by id, in a link of its own. */
static void link_take(Maker *m, size_t i, unsigned g) {
    const Flat *f = m->flat;
    const unsigned *xs = f->operand + f->start[i], n = f->start[i + 1] - f->start[i] - 1;
    Words *list = &m->plan->list;
    unsigned shared = 0, own = 0;
    for (unsigned j = 1; j <= n; j++) shared |= m->active[xs[j]] && is_shared(m, xs[j]), own |= m->active[xs[j]] && !is_shared(m, xs[j]);
    for (unsigned j = 1; shared && j <= n; j++) add_waiting(m, xs[j]);
    if (shared) {
        const Link link = {SHARED_TAKE, g, 0, 0, m->plan->row[xs[0]], (unsigned)list->n, n, 0};
        for (unsigned j = 1; j <= n; j++) push(list, m->active[xs[j]] && is_shared(m, xs[j]) ? xs[j] : NONE);
        add_link(m, link);
    }
    if (!own) return;
    Link link = {TAKE_BACK, g, 0, 0, m->plan->row[xs[0]], (unsigned)list->n, n, 0};
    for (unsigned j = 1; j <= n; j++) {
        unsigned write;
        if (!m->active[xs[j]] || is_shared(m, xs[j])) continue;
        const unsigned read = target(m, xs[j], &write);
        if (read == write) continue;
        push(list, read);
        push(list, write);
        link.sa++;
    }
    for (unsigned j = 1; j <= n; j++) push(list, m->active[xs[j]] && !is_shared(m, xs[j]) ? m->slot[xs[j]] : NONE);
    add_link(m, link);
}

/* The tangent of what is picked. List: of each entry the row of its tangent, or that of the zeros. */
static void link_take_along(Maker *m, size_t i) {
    const Flat *f = m->flat;
    const unsigned *xs = f->operand + f->start[i], n = f->start[i + 1] - f->start[i] - 1;
    Link link = {TAKE_ALONG, m->plan->row[xs[0]], 0, 0, 0, (unsigned)m->plan->list.n, n, 0};
    for (unsigned j = 1; j <= n; j++) push(&m->plan->list, m->slot[xs[j]]);
    target(m, (unsigned)(m->first + i), &link.da);
    add_link(m, link);
}

#else

#define PICKED(x, n) ((x) >= 0.0 && (x) < (double)(n))

static inline void SET(take)(const Step *s, const unsigned *list, const double *shared, double *w, size_t count) {
    const double *const index = w + s->p;
    double *const out = w + s->out;
    for (size_t k = 0; k < count; k++) {
        const unsigned at = PICKED(index[k], s->b) ? list[(unsigned)index[k]] : NONE;
        out[k] = at == NONE ? NAN : shared != NULL ? shared[at] : w[at + k];
    }
}

static inline void SET(take_back)(const Link *b, const unsigned *list, double *w, size_t count) {
    const double *const g = w + b->g, *const index = w + b->pa;
    for (unsigned j = 0; j < b->sa; j++, list += 2)
        for (size_t i = 0; i < count; i += WIDTH) AT(list[1]) = AT(list[0]);
    for (size_t k = 0; k < count; k++) {
        const unsigned at = g[k] != 0.0 && PICKED(index[k], b->db) ? list[(unsigned)index[k]] : NONE;
        if (at != NONE) w[at + k] += g[k];
    }
}

/* Row r to running sum r % SUMS, as for all that is shared. */
static inline void SET(take_back_shared)(const Link *b, const unsigned *list, double *sums, const double *w, size_t count) {
    const double *const g = w + b->g, *const index = w + b->pa;
    for (size_t k = 0; k < count; k++) {
        const unsigned at = g[k] != 0.0 && PICKED(index[k], b->db) ? list[(unsigned)index[k]] : NONE;
        if (at != NONE) sums[SUMS * (size_t)at + k % SUMS] += g[k];
    }
}

static inline void SET(take_along)(const Link *b, const unsigned *list, double *w, size_t count) {
    const double *const index = w + b->g;
    double *const out = w + b->da;
    for (size_t k = 0; k < count; k++) out[k] = PICKED(index[k], b->db) ? w[list[(unsigned)index[k]] + k] : 0.0;
}

#undef PICKED
#endif
