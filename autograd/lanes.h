/* The loops of a recorded program for one instruction set: included by replay.h once for each, under other names.

   The includer defines SET(name), the names of what is defined here; F(name), the functions of this set; V, the type of the
   numbers that are handled at once, WIDTH of them, and how many rows a loop takes (COUNT). A row of numbers is an offset into
   the workspace `w`, one number for each row of the block. */

#define W(r) (w + (size_t)(r))
#define AT(r) (*(V *)(w + (size_t)(r) + i))
#define CHUNKS for (size_t i = 0; i < COUNT; i += WIDTH)

#ifndef VALUES_ARE_KNOWN
#include "_values.h"
#endif

/* log(exp(x1) + exp(x2) + ...), shifted by the largest. */
static inline void SET(logsumexp)(const double *w, const unsigned *xs, unsigned n, double *out) {
    double top[WIDTH], total[WIDTH], strange[WIDTH];
    for (int i = 0; i < WIDTH; i++) top[i] = w[xs[0] + i], total[i] = strange[i] = 0.0;
    for (unsigned j = 0; j < n; j++)
        for (int i = 0; i < WIDTH; i++) {
            const double x = w[xs[j] + i];
            top[i] = x > top[i] ? x : top[i];
            strange[i] = x == x ? strange[i] : 1.0;
        }
    for (unsigned j = 0; j < n; j++)
        for (int i = 0; i < WIDTH; i++) total[i] += F(exp)(w[xs[j] + i] - top[i]);
    for (int i = 0; i < WIDTH; i++) {
        const double y = top[i] + F(log)(total[i]);
        out[i] = strange[i] != 0.0 ? NAN : F(fabs)(top[i]) == INFINITY ? top[i] : y;
    }
}

#if WIDTH > 1
static inline int SET(any_beyond)(const double *xs, size_t lanes) {
    int beyond = 0;
    for (size_t i = 0; i < lanes; i++) beyond |= !(fabs(xs[i]) <= CIRCULAR_LIMIT);
    return beyond;
}

static inline int SET(all_are)(const double *xs, double number, size_t lanes) {
    int others = 0;
    for (size_t i = 0; i < lanes; i++) others |= xs[i] != number;
    return !others;
}

#define GROUP 4 /* chunks that are held in registers */

/* A dot product of weights that all rows share with inputs of each row. List: the bias or NONE, then weight and input. */
static inline void SET(dot_shared)(const Step *s, const unsigned *list, const double *shared, double *w, size_t lanes) {
    V start = ZERO;
    if (list[0] != NONE) start += shared[list[0]];
    size_t i = 0;
    for (; i + GROUP * WIDTH <= lanes; i += GROUP * WIDTH) {
        V y[GROUP];
        for (int c = 0; c < GROUP; c++) y[c] = start;
        for (unsigned j = 0; j < s->b; j++) {
            const double weight = shared[list[2 * j + 1]];
            for (int c = 0; c < GROUP; c++) y[c] += weight * AT(list[2 * j + 2] + c * WIDTH);
        }
        for (int c = 0; c < GROUP; c++) AT(s->out + c * WIDTH) = y[c];
    }
    for (; i < lanes; i += WIDTH) {
        V y = start;
        for (unsigned j = 0; j < s->b; j++) y += shared[list[2 * j + 1]] * AT(list[2 * j + 2]);
        AT(s->out) = y;
    }
}

/* Its gradients. List: the bias's sum, then for each pair the weight, the weight's sum, the input, where to read and write; or NONE. */
static inline void SET(sweep_dot)(
    const Link *b, const unsigned *list, const double *shared, double *sums, double *w, size_t lanes
) {
    for (size_t i = 0; i < lanes; i += GROUP * WIDTH) {
        const int chunks = lanes - i < GROUP * WIDTH ? (int)((lanes - i) / WIDTH) : GROUP;
        V g[GROUP];
        for (int c = 0; c < GROUP; c++) g[c] = c < chunks ? AT(b->g + c * WIDTH) : ZERO;
        if (list[0] != NONE)
            for (int c = 0; c < chunks; c++) ((V *)(sums + SUMS * (size_t)list[0]))[c % (SUMS / WIDTH)] += g[c];
        const unsigned *pair = list + 1;
        for (unsigned j = 0; j < b->db; j++, pair += 5) {
            const double weight = shared[pair[0]];
            if (pair[1] != NONE) {
                V *const at = (V *)(sums + SUMS * (size_t)pair[1]), sum[SUMS / WIDTH];
                for (int c = 0; c < SUMS / WIDTH; c++) sum[c] = at[c];
                if (chunks == GROUP)
                    for (int c = 0; c < GROUP; c++)
                        sum[c % (SUMS / WIDTH)] += PASSED(g[c], g[c] * AT(pair[2] + c * WIDTH));
                else
                    for (int c = 0; c < chunks; c++)
                        sum[c % (SUMS / WIDTH)] += PASSED(g[c], g[c] * AT(pair[2] + c * WIDTH));
                for (int c = 0; c < SUMS / WIDTH; c++) at[c] = sum[c];
            }
            if (pair[4] != NONE) {
                if (chunks == GROUP)
                    for (int c = 0; c < GROUP; c++)
                        AT(pair[4] + c * WIDTH) = AT(pair[3] + c * WIDTH) + PASSED(g[c], g[c] * weight);
                else
                    for (int c = 0; c < chunks; c++)
                        AT(pair[4] + c * WIDTH) = AT(pair[3] + c * WIDTH) + PASSED(g[c], g[c] * weight);
            }
        }
    }
}
#endif

/* Values, and the partials that are stored: the steps of the program in order. Returns -1 if a called function failed,
   1 if SEEN has seen a number that is not finite. */
static int SET(forward)(const Step *s, const Step *end, const Bench *bench, double *w, size_t lanes) {
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
        case LOGSUMEXP:
            CHUNKS { SET(logsumexp)(w + i, xs, s->b, w + s->out + i); }
            SEEN(w[s->out])
            break;
        case CALL:
            if (bench->call(bench->caller, xs, s->b, w, s->out, s->p, COUNT, lanes) < 0) return -1;
            SEEN(w[s->out])
            break;
#if WIDTH > 1
        case DOT_SHARED: SET(dot_shared)(s, xs, shared, w, lanes); break;
#endif
        }
    }
    return seen;
}

/* Gradients, or tangents: each link adds to `s` what comes in at `g` times a partial. Where nothing comes in (exactly 0)
   nothing is passed on, even through an infinite partial. */
static inline void SET(sweep)(const Link *b, const Link *end, const Bench *bench, double *w, size_t lanes) {
    const double *const shared = bench->shared;
    double *const sums = bench->sums;
    (void)lanes, (void)shared, (void)sums;
    for (; b < end; b++) {
        const unsigned *const list = bench->list + b->sb;
        switch (b->kind) {
        case ONE_PLUS: CHUNKS { AT(b->da) = AT(b->sa) + AT(b->g); } break;
        case ONE_MINUS: CHUNKS { AT(b->da) = AT(b->sa) - AT(b->g); } break;
        case ONE_TIMES: CHUNKS { const V g = AT(b->g); AT(b->da) = AT(b->sa) + PASSED(g, g * AT(b->pa)); } break;
        case ONE_IF: CHUNKS { AT(b->da) = AT(b->sa) + PASSED(AT(b->pa), AT(b->g)); } break;
        case ONE_UNLESS: CHUNKS { AT(b->da) = AT(b->sa) + STOPPED(AT(b->pa), AT(b->g)); } break;
        case TWO_PLUS: CHUNKS { const V g = AT(b->g); AT(b->da) = AT(b->sa) + g; AT(b->db) = AT(b->sb) + g; } break;
        case TWO_TIMES:
            CHUNKS {
                const V g = AT(b->g);
                AT(b->da) = AT(b->sa) + PASSED(g, g * AT(b->pa));
                AT(b->db) = AT(b->sb) + PASSED(g, g * AT(b->pb));
            }
            break;
        case NEW_PLUS: CHUNKS { AT(b->da) = AT(b->g); } break;
        case NEW_TIMES: CHUNKS { const V g = AT(b->g); AT(b->da) = PASSED(g, g * AT(b->pa)); } break;
        case NEW_PLUS_PLUS: CHUNKS { const V g = AT(b->g); AT(b->da) = g; AT(b->db) = AT(b->sb) + g; } break;
        case NEW_TWO_PLUS: CHUNKS { const V g = AT(b->g); AT(b->da) = AT(b->db) = g; } break;
        case NEW_TIMES_TIMES:
            CHUNKS {
                const V g = AT(b->g);
                AT(b->da) = PASSED(g, g * AT(b->pa));
                AT(b->db) = AT(b->sb) + PASSED(g, g * AT(b->pb));
            }
            break;
        case NEW_TWO_TIMES:
            CHUNKS {
                const V g = AT(b->g);
                AT(b->da) = PASSED(g, g * AT(b->pa));
                AT(b->db) = PASSED(g, g * AT(b->pb));
            }
            break;
        case MANY_PLUS: /* list: where to read and where to write */
            CHUNKS {
                const V g = AT(b->g);
                for (unsigned j = 0; j < b->db; j++) AT(list[2 * j + 1]) = AT(list[2 * j]) + g;
            }
            break;
        case MANY_TIMES: /* and the partial */
            CHUNKS {
                const V g = AT(b->g);
                for (unsigned j = 0; j < b->db; j++)
                    AT(list[3 * j + 1]) = AT(list[3 * j]) + PASSED(g, g * AT(list[3 * j + 2]));
            }
            break;
#if WIDTH > 1 /* to an input that all rows share: row r goes to running sum r % SUMS */
#define SUM_AT (*(V *)(sums + SUMS * (size_t)b->da + i % SUMS))
        case SHARED_PLUS: CHUNKS { SUM_AT += AT(b->g); } break;
        case SHARED_MINUS: CHUNKS { SUM_AT -= AT(b->g); } break;
        case SHARED_TIMES: CHUNKS { const V g = AT(b->g); SUM_AT += PASSED(g, g * AT(b->pa)); } break;
        case SHARED_IF: CHUNKS { SUM_AT += PASSED(AT(b->pa), AT(b->g)); } break;
        case SHARED_UNLESS: CHUNKS { SUM_AT += STOPPED(AT(b->pa), AT(b->g)); } break;
        case SHARED_DOT: SET(sweep_dot)(b, list, shared, sums, w, lanes); break;
#undef SUM_AT
#endif
        }
    }
}

#undef W
#undef AT
#undef CHUNKS
#undef GROUP
