/* Loops, step by step: what a step carries on is handed to the next. At one point, or on `lanes` rows at a time. Included after run.h.

   Numbers stand in columns, one number for each lane. `gives` holds what the last step carries out, and what each gives besides: the
   results of the step's program, in this order. */

typedef struct {
    size_t carried, own, shared, given, steps;
    size_t every; /* the states that every so many steps begin with are kept; of 1 also what each step has computed */
    size_t lanes;
    int anew; /* each step is computed once more before its sweep: that costs less than to write and read what it has computed */
    const Flag *common; /* of each number that all steps share */
} Loop;

/* What a loop takes: what is carried into the first step, the own numbers of each step in turn, what all steps share; of what all
   rows share besides, those marked `common`, one number each. */
typedef struct { const double *state, *own, *shared, *commons; } Takes;

/* Derivatives: by what is carried, which begin with those that come in and end as those that go out; by the others, to be added to. */
typedef struct { double *state, *own, *shared, *commons; } Slopes;

/* The steps of a plan: those that a loop takes once, and those that it takes each time. And what of a workspace is the tape: what
   the latter have computed, `size` numbers behind those that they were given, without matrices, which no sweep reads, and gradients. */
typedef struct {
    Step *steps;
    size_t once, each, from, size;
    unsigned *next; /* of each input the one after its neighbours: those whose gradients stand behind its own */
    int straight;   /* whether the own numbers of a step are neighbours */
    int read;       /* whether partials read what is carried or own */
} Pace;

typedef struct { const Plan *plan; const Set *set; Bench *bench; double *w; const Pace *pace; } Runner; /* at one point no set */

/* Whether a step lays a matrix of what all steps share; `own` is where what they do not share ends. */
static int lays_shared(const Plan *p, const Step *s, size_t own) {
    if (s->kernel != LAY) return 0;
    const unsigned *list = p->list.at + s->a, n = list[0] ? s->p : s->p * s->b;
    for (unsigned j = 0; j < n; j++)
        if (list[1 + j] < own) return 0;
    return 1;
}

static int make_pace(const Loop *l, const Plan *p, Pace *pace) {
    const size_t first = p->flat->inputs + p->flat->constants;
    size_t own = p->lanes, begin = p->lanes, n = 0;
    const unsigned *row = p->row + l->carried;
    memset(pace, 0, sizeof *pace);
    pace->straight = l->own > 0 && row[0];
    for (size_t i = 1; i < l->own; i++) pace->straight &= row[i] == row[0] + i * p->lanes;
    for (size_t i = 0; i < l->carried + l->own; i++) pace->read |= p->read[i];
    pace->steps = (Step *)malloc((p->step_count + 1) * sizeof(Step));
    pace->next = (unsigned *)malloc((p->flat->inputs + 1) * sizeof(unsigned));
    if (pace->steps == NULL || pace->next == NULL) {
        free(pace->steps);
        free(pace->next);
        pace->steps = NULL, pace->next = NULL;
        return -1;
    }
    for (size_t i = p->flat->inputs; i-- > 0;) {
        const int neighbours = i + 1 < p->flat->inputs && p->gradient[i + 1] == p->gradient[i] + p->lanes && p->gradient[i];
        pace->next[i] = neighbours ? pace->next[i + 1] : (unsigned)i + 1;
    }
    for (size_t i = 0; i < first; i++) {
        if (p->row[i] + p->lanes > begin) begin = p->row[i] + p->lanes;
        if (i < l->carried + l->own && p->row[i] + p->lanes > own) own = p->row[i] + p->lanes;
    }
    for (int each = 0; each < 2; each++) {
        for (size_t k = 0; k < p->step_count; k++)
            if (lays_shared(p, p->steps + k, own) != each) pace->steps[n++] = p->steps[k];
        if (!each) pace->once = n;
    }
    pace->each = n - pace->once;
    pace->from = begin, pace->size = p->values - begin;
    return 0;
}

static void keep(const Runner *r, double *tape) {
    memcpy(tape, r->w + r->pace->from, r->pace->size * sizeof(double));
}

static void bring_back(const Runner *r, const double *tape) {
    memcpy(r->w + r->pace->from, tape, r->pace->size * sizeof(double));
}

/* Rows are copied by one instruction or two where a compiler knows their length. */
static inline void copy_row(double *to, const double *from, size_t lanes) {
    if (lanes == 1) *to = *from;
    else if (lanes == 8) memcpy(to, from, 8 * sizeof(double));
    else memcpy(to, from, lanes * sizeof(double));
}

static inline void add_row(double *to, const double *from, size_t lanes) {
    if (lanes == 1) *to += *from;
    else if (lanes == 8) for (size_t c = 0; c < 8; c++) to[c] += from[c];
    else for (size_t c = 0; c < lanes; c++) to[c] += from[c];
}

static void load_columns(const Loop *l, const Runner *r, size_t first, const double *xs, size_t n) {
    const unsigned *row = r->plan->row + first;
    for (size_t i = 0; i < n; i++) {
        if (row[i]) copy_row(r->w + row[i], xs + i * l->lanes, l->lanes);
    }
}

/* What all steps share stays in the workspace: no step writes to the row of an input. */
static void begin_loop(const Loop *l, const Runner *r, const Takes *takes) {
    const Plan *p = r->plan;
    const double *shared = takes->shared, *commons = takes->commons;
    if (r->set != NULL) r->bench->shared = r->w + p->shared, r->bench->totals = r->w + p->totals, r->bench->sums = r->w + p->sums;
    r->bench->finite = all_finite(p->flat->constant, p->flat->constants);
    for (size_t i = 0, id = l->carried + l->own; i < l->shared; i++, id++) {
        if (!l->common[i]) {
            load_columns(l, r, id, shared, 1);
            shared += l->lanes;
            continue;
        }
        r->bench->shared[id] = *commons;
        r->bench->finite &= *commons * 0.0 == 0.0;
        if (p->row[id]) set_row(p, r->w, p->row[id], *commons);
        commons++;
    }
    if (r->pace->once) forward_point(r->pace->steps, r->pace->steps + r->pace->once, r->bench, r->w, 1);
}

/* What step t begins with. */
static void load_step(const Loop *l, const Runner *r, const Takes *takes, const double *state, size_t t) {
    const double *own = takes->own + t * l->own * l->lanes;
    load_columns(l, r, 0, state, l->carried);
    if (r->pace->straight) memcpy(r->w + r->plan->row[l->carried], own, l->own * l->lanes * sizeof(double));
    else load_columns(l, r, l->carried, own, l->own);
}

/* As point_forward answers. */
static int step_forward(const Loop *l, const Runner *r, const Takes *takes, const double *state, size_t t) {
    const Step *first = r->pace->steps + r->pace->once, *end = first + r->pace->each;
    load_step(l, r, takes, state, t);
    if (r->set != NULL) return r->set->forward(first, end, r->bench, r->w, l->lanes);
    return forward_point(first, end, r->bench, r->w, 1);
}

static void store_columns(const Loop *l, const Runner *r, size_t first, size_t n, double *to) {
    const unsigned *result = r->plan->flat->result + first;
    for (size_t k = 0; k < n; k++) copy_row(to + k * l->lanes, r->w + r->plan->row[result[k]], l->lanes);
}

/* -1 if a called function failed, 1 if at one point a number was not finite. With a tape by the plan of derivatives. */
static int loop_forward(const Loop *l, const Runner *r, const Takes *takes, double *gives, double *kept, double *tape) {
    const size_t c = l->carried * l->lanes;
    int seen = 0;
    if (c) memcpy(gives, takes->state, c * sizeof(double)); /* no numbers may have no address */
    begin_loop(l, r, takes);
    for (size_t t = 0; t < l->steps; t++) {
        if (kept != NULL && t % l->every == 0) memcpy(kept + t / l->every * c, gives, c * sizeof(double));
        const int found = step_forward(l, r, takes, gives, t);
        if (found < 0) return -1;
        seen |= found;
        store_columns(l, r, 0, l->carried, gives);
        store_columns(l, r, l->carried, l->given, gives + c + t * l->given * l->lanes);
        if (tape != NULL) keep(r, tape + t * r->pace->size);
    }
    return seen;
}

static void add_columns(const Loop *l, const Runner *r, size_t first, size_t n, double *to) {
    for (size_t i = first, end; i < first + n; i = end) {
        const double *from = r->w + r->plan->gradient[i];
        end = r->pace->next[i] < first + n ? r->pace->next[i] : first + n;
        for (size_t k = 0; r->plan->gradient[i] && k < (end - i) * l->lanes; k++) to[k] += from[k];
        to += (end - i) * l->lanes;
    }
}

/* The sweep of one step, which has been computed. */
static void step_backward(const Loop *l, const Runner *r, const double *seeds, const Slopes *found, size_t t) {
    const Plan *p = r->plan;
    const size_t results = l->carried + l->given, lanes = l->lanes;
    double *to = found->shared;
    for (size_t k = 0; k < results; k++)
        if (p->seed[k]) copy_row(r->w + p->seed[k], r->w, lanes); /* zeros */
    for (size_t k = 0; k < results; k++) {
        const double *from = k < l->carried ? found->state + k * lanes : seeds + (k + t * l->given) * lanes;
        if (p->seed[k]) add_row(r->w + p->seed[k], from, lanes);
    }
    if (r->set != NULL) r->set->sweep(p->links, p->links + p->link_count, r->bench, r->w, lanes);
    else sweep_point(p->links, p->links + p->link_count, r->bench, r->w, 1);
    memset(found->state, 0, l->carried * lanes * sizeof(double)); /* no negative zeros */
    add_columns(l, r, 0, l->carried, found->state);
    add_columns(l, r, l->carried, l->own, found->own + t * l->own * lanes);
    for (size_t i = 0, n; i < l->shared; i += n) { /* those of the rows' own in runs */
        for (n = 0; i + n < l->shared && !l->common[i + n];) n++;
        add_columns(l, r, l->carried + l->own + i, n, to);
        to += n * lanes;
        while (i + n < l->shared && l->common[i + n]) n++;
    }
}

/* The running sums of what all rows share, which begin anew. */
static void take_sums(const Loop *l, const Runner *r, double *sums) {
    for (size_t i = 0; i < l->shared; i++) {
        if (!l->common[i]) continue;
        double *s = r->bench->sums + SUMS * (l->carried + l->own + i), half[4];
        for (int k = 0; k < 4; k++) half[k] = s[k] + s[k + 4];
        memset(s, 0, SUMS * sizeof(double));
        *sums++ = (half[0] + half[2]) + (half[1] + half[3]);
    }
}

/* Steps begin ... begin + count once more, from the state that the first of them begins with: those of all, and what they compute. */
static int steps_again(
    const Loop *l, const Runner *r, const Takes *takes, double *states, double *tape, size_t first, size_t count
) {
    const size_t c = l->carried * l->lanes;
    for (size_t t = 0; t < count; t++) {
        if (step_forward(l, r, takes, states + t * c, first + t) < 0) return -1;
        if (t + 1 < count) store_columns(l, r, 0, l->carried, states + (t + 1) * c);
        keep(r, tape + t * r->pace->size);
    }
    return 0;
}

/* With every state kept, `states` are they, and `tape` what loop_forward wrote, or nothing (`anew`); else they have room for `every`
   steps. */
static int loop_backward(
    const Loop *l, const Runner *r, const Takes *takes, const double *kept, const double *seeds, double *states, double *tape,
    const Slopes *found
) {
    const size_t c = l->carried * l->lanes, some = l->every == 1 ? l->steps : l->every;
    if (c) memcpy(found->state, seeds, c * sizeof(double));
    begin_loop(l, r, takes);
    for (size_t first = (l->steps - 1) / some * some;; first -= some) {
        const size_t count = l->steps - first < some ? l->steps - first : some;
        if (l->every > 1) {
            memcpy(states, kept + first / some * c, c * sizeof(double));
            if (steps_again(l, r, takes, states, tape, first, count) < 0) return -1;
        }
        for (size_t t = count; t-- > 0;) {
            if (l->anew) {
                if (step_forward(l, r, takes, states + t * c, first + t) < 0) return -1;
            } else {
                if (r->pace->read) load_step(l, r, takes, states + t * c, first + t);
                bring_back(r, tape + t * r->pace->size);
            }
            step_backward(l, r, seeds, found, first + t);
        }
        if (first == 0) break;
    }
    take_sums(l, r, found->commons);
    return 0;
}
