/* Rows that stop early: a row whose weights are 0 from some result on needs no instruction that only those results need.

   Plans with stops have one behind each result: steps up to it compute all results so far. The links of what lies behind come
   before its own. Rows in which the sweep begins there find zeros where those links would have written.
   plan.h includes the first half, run.h the second one. */

#ifndef STOPS_ARE_LAID
#define STOPS_ARE_LAID

/* Where the instructions end that results 0 to k need. */
static void find_stops(Maker *m) {
    const Flat *f = m->flat;
    size_t end = 0;
    for (size_t k = 0; m->plan->stop && k < f->results; k++) {
        const unsigned id = f->result[k];
        if (id >= m->first && id - m->first + 1 > end) end = id - m->first + 1;
        m->plan->stop[k].end = (unsigned)end;
    }
}

/* The first stop behind a place, or the end. */
static size_t stop_behind(const Maker *m, size_t place) {
    for (size_t k = 0; m->plan->stop && k < m->flat->results; k++)
        if (m->plan->stop[k].end > place) return m->plan->stop[k].end;
    return m->flat->instructions;
}

/* Before the steps of the instruction in this place: `k` stops are passed already. */
static size_t pass_stops(Maker *m, size_t place, size_t k) {
    for (; m->plan->stop && k < m->flat->results && m->plan->stop[k].end <= place; k++)
        m->plan->stop[k].steps = (unsigned)m->plan->step_count;
    return k;
}

/* A row of gradients that begins with zeros: in runs of neighbours. */
static void push_live(Maker *m, Stop *stop, unsigned row) {
    Words *list = &m->plan->list;
    if (stop->runs && !list->failed) {
        const unsigned *last = list->at + list->n - 2;
        if (last[0] + last[1] * m->plan->lanes == row) {
            list->at[list->n - 1]++;
            return;
        }
    }
    push(list, row);
    push(list, 1);
    stop->runs++;
}

/* What waits to be added to the weights of layers, and to add it where much does: see layers.h. */
static void push_waiting(Maker *m, Stop *stop, size_t id);
static void add_some_waiting(Maker *m);

/* Before the links of instruction i, which stands before stop k: the rows that hold gradients here. */
static size_t meet_stops(Maker *m, size_t i, size_t k) {
    Plan *p = m->plan;
    for (; p->stop && k > 0 && i < p->stop[k - 1].end; k--) {
        Stop *stop = &p->stop[k - 1];
        add_some_waiting(m);
        stop->links = (unsigned)p->link_count, stop->live = (unsigned)p->list.n;
        stop->seed = m->slot[m->flat->result[k - 1]];
        for (size_t id = 0; id < m->first + m->flat->instructions; id++)
            if (m->slot[id]) push_live(m, stop, m->slot[id]);
        for (size_t id = 0; id < m->first; id++) push_waiting(m, stop, id);
    }
    return k;
}

/* Stops before all instructions, of results that are constants: nothing is left but derivatives of 0. */
static void meet_last_stops(Maker *m, size_t k) {
    Plan *p = m->plan;
    for (; p->stop && k > 0; k--) {
        Stop *stop = &p->stop[k - 1];
        stop->links = (unsigned)p->link_count, stop->live = (unsigned)p->list.n;
        for (size_t i = 0; i < m->flat->inputs; i++)
            if (m->slot[i]) push_live(m, stop, m->slot[i]);
    }
}

#else

/* The last result with a weight other than 0; the first if there is none. */
static inline size_t last_weighed(const double *weight, size_t results) {
    size_t k = results - 1;
    while (k > 0 && weight[k] == 0.0) k--;
    return k;
}

/* How many lanes of a block go on to each result: up to the last row that has a weight other than 0 there, or behind. */
static unsigned *lanes_on(const Plan *p, double *w, const Work *work, size_t begin, size_t count) {
    unsigned *const on = (unsigned *)(w + p->on);
    const size_t results = p->flat->results;
    memset(on, 0, results * sizeof *on);
    for (size_t c = 0; c < count; c++)
        on[last_weighed(work->weights + (begin + c) * results, results)] = (unsigned)(p->lanes == 1 ? 1 : (c + SUMS) / SUMS * SUMS);
    for (size_t k = results; k-- > 1;)
        if (on[k - 1] < on[k]) on[k - 1] = on[k];
    return on;
}

typedef int (*Forward)(const Step *, const Step *, const Bench *, double *, size_t);
typedef void (*Sweep)(const Link *, const Link *, const Bench *, double *, size_t);

static int forward_on(const Plan *p, Forward forward, const Bench *bench, double *w, const unsigned *on) {
    const Step *s = p->steps;
    for (size_t k = 0; k < p->flat->results && on[k]; k++) {
        const Step *const end = p->steps + p->stop[k].steps;
        if (s < end && forward(s, end, bench, w, on[k]) < 0) return -1;
        s = end;
    }
    return 0;
}

/* The derivatives of a block, after its values. */
static void sweep_on(const Plan *p, Sweep sweep, const Bench *bench, double *w, const unsigned *on, const Work *work, size_t begin, size_t count) {
    const size_t results = p->flat->results;
    size_t lanes = 0;
    if (!on[results - 1]) memset(w + p->totals, 0, (p->sums - p->totals) * sizeof(double)); /* not all of them are written */
    for (size_t k = results; k-- > 0;) {
        const Stop *const stop = p->stop + k;
        const unsigned *run = p->list.at + stop->live;
        const size_t before = lanes;
        if (!on[k]) continue;
        lanes = on[k];
        for (size_t n = stop->runs; lanes > before && n > 0; n--, run += 2) {
            const size_t whole = lanes - before == p->lanes, rows = whole ? 1 : run[1], count = (whole ? run[1] : 1) * (lanes - before);
            for (size_t r = 0; r < rows; r++) memset(w + run[0] + r * p->lanes + before, 0, count * sizeof(double));
        }
        for (size_t c = 0; stop->seed && c < count && c < lanes; c++) w[stop->seed + c] += work->weights[(begin + c) * results + k];
        sweep(p->links + stop->links, p->links + (k ? p->stop[k - 1].links : p->link_count), bench, w, lanes);
    }
}

/* What was not computed is told as 0. */
static void forget_values(const Plan *p, const unsigned *on, double *values, size_t begin, size_t count) {
    const size_t results = p->flat->results;
    for (size_t c = 0; c < count; c++)
        for (size_t k = 0; k < results; k++)
            if (c >= on[k]) values[(begin + c) * results + k] = 0.0;
}

#endif
