/* Layers: dot products that have a half of their operands in common are one step, a matrix times a vector; and one step back.

   Each output's sum keeps its order, and so does each gradient's: no bit changes. At one point a step takes vectors of outputs, for
   which the matrix is read by columns; where its columns are no neighbours it is laid so, once for all layers that share it. Back
   go vectors of a row, or of a column. Between the members of a layer of gradients nothing may add to what they add to. On rows
   several outputs share the loads of their inputs. */

enum { FEWEST = 4, STRANGERS = 128 }; /* dot products of a layer; instructions from one to the next of a layer of gradients */

static int recognised = 1; /* whether plans that are made from now on have layers */

static inline int may_have_layers(const Maker *m) {
    return VECTORS && recognised && m->direction != TANGENTS && (m->blocks || m->plan->lanes == 1);
}

/* Layers of values: neighbours in the order of the steps, of one level. */
static void find_layers(Maker *m, size_t begin, size_t size, const unsigned *level) {
    const unsigned *order = m->order + begin;
    if (!may_have_layers(m)) return;
    for (size_t k = 0; k < size;) {
        unsigned halves = 3, shared = 0;
        size_t end = k + 1;
        for (; end < size && level[order[end] - begin] == level[order[k] - begin]; end++) {
            halves &= common_halves(m, order[k], order[end]);
            if (!halves || (m->blocks && !is_dot_of_shared(m, order[end]))) break;
            shared = halves;
        }
        if (m->blocks && !(shared & 1 && is_dot_of_shared(m, order[k]))) shared = 0;
        if (end - k >= FEWEST && shared) m->layer[begin + k] = 2 * (unsigned)(end - k) + !(shared & 1);
        k = end;
    }
}

typedef struct {
    const Maker *m;
    const unsigned *members; /* instructions */
    unsigned count, pairs, odd, half; /* `half` 1: they share the first half of their operands */
} Layer;

static inline const unsigned *operands_of(const Layer *l, unsigned i) { return l->m->flat->operand + l->m->flat->start[l->members[i]]; }
static inline const unsigned *matrix_row(const Layer *l, unsigned i) { return operands_of(l, i) + (l->half ? l->pairs : 0); }
static inline const unsigned *vector_of(const Layer *l) { return operands_of(l, 0) + (l->half ? 0 : l->pairs); }
static inline unsigned bias_of(const Layer *l, unsigned i) { return operands_of(l, i)[2 * l->pairs]; }

static Layer layer_at(const Maker *m, const unsigned *members, unsigned count, unsigned half) {
    const unsigned n = m->flat->start[members[0] + 1] - m->flat->start[members[0]];
    return (Layer){m, members, count, n / 2, n % 2, half};
}

/* How many members from the first on read neighbours, each in its row of the matrix: ids, or what `row` says of them. */
static unsigned has_rows(const Layer *l, const unsigned *row) {
    for (unsigned i = 0; i < l->count; i++) {
        const unsigned *a = matrix_row(l, i);
        for (unsigned j = 0; j < l->pairs; j++)
            if (row == NULL ? a[j] != a[0] + j : !row[a[j]] || row[a[j]] != row[a[0]] + j) return i;
    }
    return l->count;
}

/* How many members from the first on read neighbours, in each column of the matrix; `step` is 1, or -1 if they stand backwards. */
static unsigned has_columns(const Layer *l, const unsigned *row, int step) {
    const unsigned *first = matrix_row(l, 0);
    for (unsigned i = 0; i < l->count; i++) {
        const unsigned *a = matrix_row(l, i);
        for (unsigned j = 0; j < l->pairs; j++)
            if (!row[a[j]] || row[a[j]] != row[first[j]] + (unsigned)step * i) return i;
    }
    return l->count;
}

/* Whether the matrix may be laid anew before the first step that reads it, for all of them: nothing in it is computed. */
static int is_given(const Layer *l) {
    for (unsigned i = 0; i < l->count; i++)
        for (unsigned j = 0; j < l->pairs; j++)
            if (matrix_row(l, i)[j] >= l->m->first) return 0;
    return 1;
}

typedef struct { unsigned first, count, half, at; } Matrix; /* as it was laid: the place of its layer, and where its columns begin */
enum { MATRIX = sizeof(Matrix) / sizeof(unsigned) };

static int is_same(const Layer *l, const Layer *laid) {
    if (l->count != laid->count || l->pairs != laid->pairs) return 0;
    for (unsigned i = 0; i < l->count; i++)
        if (memcmp(matrix_row(l, i), matrix_row(laid, i), l->pairs * sizeof(unsigned)) != 0) return 0;
    return 1;
}

static inline unsigned padded(unsigned count) { return (count + 7) & ~7u; }

/* Where the columns of the matrix begin, each of `padded` numbers, counted from the place that settle_matrices gives all of them; a
   step lays them unless it was done. List: whether rows are neighbours, then where each begins, or where each number is. */
static unsigned laid_matrix(Maker *m, const Layer *l, size_t k) {
    const unsigned known = m->transposed[matrix_row(l, 0)[0]], *row = m->plan->row;
    if (known && !m->matrices.failed) {
        const Matrix *found = (const Matrix *)(m->matrices.at + known - 1);
        const Layer laid = layer_at(m, m->order + found->first, found->count, found->half);
        if (is_same(l, &laid)) return found->at;
    }
    Words *list = &m->plan->list;
    const int rows = has_rows(l, row) == l->count;
    Step s = {LAY, (unsigned)m->plan->laid_out, (unsigned)push(list, (unsigned)rows), l->pairs, l->count};
    for (unsigned i = 0; i < l->count; i++)
        for (unsigned j = 0; j < (rows ? 1 : l->pairs); j++) push(list, row[matrix_row(l, i)[j]]);
    m->plan->laid_out += (size_t)l->pairs * padded(l->count);
    m->plan->steps[m->plan->step_count++] = s;
    m->transposed[matrix_row(l, 0)[0]] = (unsigned)push(&m->matrices, (unsigned)k) + 1;
    push(&m->matrices, l->count);
    push(&m->matrices, l->half);
    push(&m->matrices, s.out);
    return s.out;
}

/* At one point. List: how many biases there are; whether columns were laid; where each begins; the vector; the biases. s->p is how many outputs are
   computed, those that pad the last vector of laid columns too. */
static void point_step(Maker *m, const Layer *l, size_t k, unsigned laid, unsigned *next) {
    Words *list = &m->plan->list;
    const unsigned *row = m->plan->row, *xs = vector_of(l);
    const unsigned at = laid ? laid_matrix(m, l, k) : 0;
    Step s = {LAYER, (*next + 7) & ~7u, (unsigned)push(list, l->odd ? l->count : 0), l->pairs, laid ? padded(l->count) : l->count};
    push(list, laid);
    for (unsigned j = 0; j < l->pairs; j++) push(list, laid ? at + j * padded(l->count) : row[matrix_row(l, 0)[j]]);
    for (unsigned j = 0; j < l->pairs; j++) push(list, row[xs[j]]);
    for (unsigned i = 0; l->odd && i < l->count; i++) push(list, row[bias_of(l, i)]);
    *next = s.out + padded(l->count);
    m->plan->steps[m->plan->step_count++] = s;
    m->homes = padded((unsigned)m->homes);
    for (unsigned i = 0; i < l->count; i++) {
        const size_t id = m->first + l->members[i];
        m->plan->row[id] = s.out + i;
        if (m->active[id]) m->home[id] = (unsigned)++m->homes;
    }
    m->homes = padded((unsigned)m->homes);
    for (unsigned j = 0; j < l->pairs; j++)
        if (xs[j] >= m->first && m->active[xs[j]] && !m->home[xs[j]]) m->home[xs[j]] = (unsigned)++m->homes;
}

/* On rows. List: whether there are biases, and these; the outputs; the vector; the first weight of each member. */
static void rows_step(Maker *m, const Layer *l, unsigned *next) {
    Words *list = &m->plan->list;
    Step s = {LAYER_SHARED, 0, (unsigned)push(list, l->odd), l->pairs, l->count};
    for (unsigned i = 0; l->odd && i < l->count; i++) push(list, bias_of(l, i));
    for (unsigned i = 0; i < l->count; i++) {
        Step one = {0, 0, 0, 0, 0};
        place(m, l->members[i], 0, &one, next);
        push(list, one.out);
    }
    for (unsigned j = 0; j < l->pairs; j++) push(list, m->plan->row[vector_of(l)[j]]);
    for (unsigned i = 0; i < l->count; i++) push(list, matrix_row(l, i)[0]);
    m->plan->steps[m->plan->step_count++] = s;
}

/* Behind values and gradients there is room for the matrices that were laid: nothing else is written there. */
static void settle_matrices(Plan *p, size_t at) {
    for (Step *s = p->steps; s < p->steps + p->step_count; s++) {
        unsigned *list = p->list.at + s->a;
        if (s->kernel == LAY) s->out += (unsigned)at;
        for (unsigned j = 0; s->kernel == LAYER && list[1] && j < s->b; j++) list[2 + j] += (unsigned)at;
    }
}

/* The step of a layer that begins in place k, or of its first members; how many they are, 0 if the first is none of a layer. */
static size_t lay_layer(Maker *m, size_t k, unsigned *next) {
    const unsigned half = m->layer[k] % 2, all = m->layer[k] / 2;
    Layer l = layer_at(m, m->order + k, all, half);
    unsigned laid = 0;
    if (m->blocks) {
        l.count = has_rows(&l, NULL);
        if (l.count < FEWEST) l.count = 0;
    } else {
        l.count = has_columns(&l, m->plan->row, 1);
        if (l.count < FEWEST) {
            l.count = all;
            laid = is_given(&l) && (!half || has_rows(&l, m->plan->row) == all);
            if (!laid) l.count = 0;
        }
    }
    const unsigned done = l.count ? l.count : 1;
    if (all - done >= FEWEST) m->layer[k + done] = 2 * (all - done) + half;
    if (!l.count) return 0;
    if (m->blocks) rows_step(m, &l, next);
    else point_step(m, &l, k, laid, next);
    for (size_t i = 0; i < l.count; i++) {
        const size_t id = m->first + m->order[k + i];
        free_read(m, k + i, m->order[k + i]);
        if (!m->blocks && m->last[id] == 0 && !m->kept[id]) push(&m->free_values, m->plan->row[id]);
    }
    return l.count;
}

/* Layers of gradients: dot products, last first, that are carried out together where the first of them stands. What comes in at
   them is complete there, and nothing between them adds to what they add to: each sum keeps its order. */

/* Marks what instruction i reads beside the common vector; whether it may join those that were marked before it. */
static int joins(Maker *m, size_t i, unsigned half, unsigned *top) {
    const Flat *f = m->flat;
    const unsigned n = f->start[i + 1] - f->start[i], pairs = n / 2, *xs = f->operand + f->start[i];
    if (*top >= m->first + i) return 0; /* one of them reads what lies between, or this */
    for (unsigned j = 0; j < n; j++) {
        if (j < 2 * pairs && j / pairs != half) continue; /* the common vector; the matrix is the other half */
        if (m->active[xs[j]] && m->mark[xs[j]] >= 2 * m->stamp) return 0;
        m->mark[xs[j]] = 2 * m->stamp;
        if (xs[j] > *top) *top = xs[j];
    }
    return 1;
}

/* Marks what an instruction between two members reads; whether it adds to none of their gradients. */
static int stays_apart(Maker *m, size_t i) {
    const Flat *f = m->flat;
    for (unsigned j = f->start[i]; j < f->start[i + 1]; j++) {
        const unsigned x = f->operand[j];
        if (x >= LINK_MINUS || !m->active[x]) continue;
        if (m->mark[x] == 2 * m->stamp) return 0;
        m->mark[x] = 2 * m->stamp + 1;
    }
    return 1;
}

/* The dot products that may be one with instruction i and stand before it, last first, into `members`; how many, i included. */
static unsigned find_members(Maker *m, size_t i, unsigned half, unsigned *members) {
    const Flat *f = m->flat;
    const unsigned n = f->start[i + 1] - f->start[i], pairs = n / 2, *common = f->operand + f->start[i] + (half ? 0 : pairs);
    unsigned count = 1, top = 0;
    m->stamp++;
    members[0] = (unsigned)i;
    for (unsigned j = 0; j < pairs; j++) {
        if (m->active[common[j]] && m->mark[common[j]] == 2 * m->stamp) return 1;
        m->mark[common[j]] = 2 * m->stamp;
    }
    if (!joins(m, i, half, &top)) return 1;
    for (size_t k = i; k-- > 0 && members[count - 1] - k <= STRANGERS;) {
        if (common_halves(m, i, k) >> half & 1) {
            if (m->tried[k] || (m->blocks && !is_dot_of_shared(m, k)) || !joins(m, k, half, &top)) break;
            members[count++] = (unsigned)k;
        } else if (!stays_apart(m, k))
            break;
    }
    return count;
}

enum { BY_MATRIX = 1, BY_VECTOR = 2, BY_BIAS = 4, COLUMNS = 8 }; /* of a layer of gradients: what it adds to; how the matrix is read */

/* Whether derivatives by the matrix, by the vector, by biases are asked for; -1 if by a part of the matrix, or of the biases. */
static int wanted_of(const Layer *l) {
    const Flag *active = l->m->active, by_matrix = active[matrix_row(l, 0)[0]], by_bias = l->odd && active[bias_of(l, 0)];
    int by_vector = 0;
    for (unsigned j = 0; j < l->pairs; j++) by_vector |= active[vector_of(l)[j]];
    for (unsigned i = 0; i < l->count; i++) {
        if (l->odd && active[bias_of(l, i)] != by_bias) return -1;
        for (unsigned j = 0; j < l->pairs; j++)
            if (active[matrix_row(l, i)[j]] != by_matrix) return -1;
    }
    return BY_MATRIX * by_matrix + BY_VECTOR * by_vector + BY_BIAS * by_bias;
}

/* How a layer goes back at one point: by rows of the matrix, or by columns, maybe its first members alone; or not at all. */
static int shaped(Layer *l) {
    const int wanted = wanted_of(l);
    const unsigned *row = l->m->plan->row, *home = l->m->home;
    if (wanted < 0) return wanted;
    if (l->m->blocks) {
        l->count = has_rows(l, NULL);
        return wanted;
    }
    if (!(wanted & BY_VECTOR && has_rows(l, row) < l->count) && !(wanted & BY_MATRIX && has_rows(l, home) < l->count)) return wanted;
    if (wanted & BY_VECTOR) l->count = has_columns(l, row, -1);
    if (wanted & BY_MATRIX) l->count = has_columns(l, home, -1);
    return wanted | COLUMNS;
}

/* Moves the gradients of some ids to their places, which are neighbours; whether there is none yet. */
static unsigned settled(Maker *m, const unsigned *ids, size_t count) {
    unsigned nothing = 1;
    for (size_t k = 0; k < count; k++) nothing &= m->slot[ids[k]] == 0;
    for (size_t k = 0; k < count; k++) {
        const unsigned now = m->slot[ids[k]], home = (unsigned)m->homes + m->home[ids[k]] - 1;
        if (now == home) continue;
        if (!nothing) add_link(m, (Link){NEW_PLUS, now, 0, home, 0, 0, 0, 0});
        if (now) drop(m, now);
        m->slot[ids[k]] = home;
    }
    return nothing;
}

static unsigned settled_column(Maker *m, const Layer *l, unsigned j) {
    Words ids = {NULL, 0, 0, 0};
    for (unsigned i = 0; i < l->count; i++) push(&ids, matrix_row(l, i)[j]);
    const unsigned nothing = !ids.failed && settled(m, ids.at, ids.n);
    m->failed |= ids.failed;
    free(ids.at);
    return nothing;
}

enum { GATHERED, NEIGHBOURS, NEW_NEIGHBOURS }; /* where the gradients of a vector are read and written; nothing is there yet */

/* At one point, without the gradients of a matrix by rows. List: what comes in; of each bias where to read and write; of each row (or
   column) of the matrix where it begins, where its gradient, and whether nothing is there yet; the vector; of each of its numbers where
   to read and write. */
static void point_back(Maker *m, const Layer *l, int wanted) {
    Words *list = &m->plan->list, settled_now = {NULL, 0, 0, 0};
    const unsigned *row = m->plan->row, columns = (wanted & COLUMNS) != 0, trash = new_slot(m);
    const unsigned starts = columns ? l->pairs : l->count;
    for (unsigned k = 0; wanted & BY_MATRIX && k < starts; k++) push(&settled_now, settled_column(m, l, k));
    Link link = {LAYER_BACK, 0, l->pairs, 0, (unsigned)wanted, (unsigned)list->n, l->count, NEIGHBOURS};
    for (unsigned i = 0; i < l->count; i++) push(list, m->slot[m->first + l->members[i]]);
    for (unsigned i = 0; wanted & BY_BIAS && i < l->count; i++) {
        unsigned write;
        push(list, target(m, bias_of(l, i), &write));
        push(list, write);
    }
    for (unsigned k = 0; k < starts; k++) {
        const unsigned id = columns ? matrix_row(l, l->count - 1)[k] : matrix_row(l, k)[0];
        push(list, row[id]);
        push(list, wanted & BY_MATRIX ? (unsigned)m->homes + m->home[id] - 1 : 0);
        push(list, wanted & BY_MATRIX && !settled_now.failed ? settled_now.at[k] : 0);
    }
    for (unsigned j = 0; j < l->pairs; j++) push(list, row[vector_of(l)[j]]);
    unsigned first[2] = {0, 0};
    for (unsigned j = 0; wanted & BY_VECTOR && j < l->pairs; j++) {
        unsigned write = trash, read = 0;
        if (m->active[vector_of(l)[j]]) read = target(m, vector_of(l)[j], &write);
        if (j == 0) first[0] = read, first[1] = write, link.pb = read ? NEIGHBOURS : NEW_NEIGHBOURS;
        if (write != first[1] + j || read != (first[0] ? first[0] + j : 0)) link.pb = GATHERED;
        push(list, read);
        push(list, write);
    }
    add_link(m, link);
    drop(m, trash);
    m->failed |= settled_now.failed;
    free(settled_now.at);
}

/* The sums of a layer's weights wait, at one point those of inputs: all layers of one matrix, up to MOST_USES, add to them at once,
   in their order. Whatever else adds to one of them, or is read of them, comes after that. */

enum { MOST_USES = 8, MANY_USES = 4 }; /* many are not handed on to more rows, in which they are 0 */

typedef struct { unsigned uses, count, pairs, odd; } Waiting; /* then first weights, biases; of each use what comes in, and the vector */
enum { WAITING = sizeof(Waiting) / sizeof(unsigned) };

/* How row i of a matrix is kept: by the first weight, at one point by its place among the operands. */
static inline unsigned kept_row(const Layer *l, unsigned i) {
    return l->m->blocks ? matrix_row(l, i)[0] : (unsigned)(matrix_row(l, i) - l->m->flat->operand);
}

static inline unsigned first_of(const Maker *m, unsigned row) { return m->blocks ? row : m->flat->operand[row]; }

static inline size_t words_of(const Waiting *w, unsigned uses) { return WAITING + 2 * (size_t)w->count + (size_t)uses * (w->count + w->pairs); }

/* List: what comes in, for each use; the biases, or NONE; the vector, for each use; the first weight of each member. At one point in
   place of biases and weights where the gradient of each row is, and whether nothing is there yet. */
static void add_waiting(Maker *m, size_t id) {
    Words *list = &m->plan->list;
    if (!m->transposed[id] || m->matrices.failed) return;
    const unsigned *at = m->matrices.at + m->transposed[id] - 1;
    const Waiting of = *(const Waiting *)at;
    const unsigned *use = at + words_of(&of, 0), step = of.count + of.pairs, *rows = at + WAITING, *biases = rows + of.count;
    Link link = {LAYER_WEIGHTS, 0, of.pairs, of.uses, 0, 0, of.count, NEIGHBOURS};
    Words homes = {NULL, 0, 0, 0};
    for (unsigned k = 0; !m->blocks && k < of.count; k++) push(&homes, settled(m, m->flat->operand + rows[k], of.pairs));
    link.sb = (unsigned)list->n;
    for (unsigned u = 0; u < of.uses; u++)
        for (unsigned k = 0; k < of.count; k++) push(list, use[u * step + k]);
    for (unsigned k = 0; k < of.count; k++)
        if (m->blocks) push(list, biases[k]);
        else {
            push(list, m->slot[first_of(m, rows[k])]);
            push(list, homes.failed ? 0 : homes.at[k]);
        }
    for (unsigned u = 0; u < of.uses; u++)
        for (unsigned k = 0; k < of.pairs; k++) {
            push(list, use[u * step + of.count + k]);
            if (use[u * step + of.count + k] != use[u * step + of.count] + k) link.pb = GATHERED;
        }
    for (unsigned k = 0; m->blocks && k < of.count; k++) push(list, rows[k]);
    add_link(m, link);
    for (unsigned u = 0; u < of.uses; u++)
        for (unsigned k = 0; k < of.count; k++)
            if (use[u * step + k]) drop(m, use[u * step + k]);
    for (unsigned k = 0; k < of.count; k++) {
        for (unsigned j = 0; j < of.pairs; j++) m->transposed[m->blocks ? rows[k] + j : m->flat->operand[rows[k] + j]] = 0;
        if (of.odd) m->transposed[biases[k]] = 0;
    }
    m->failed |= homes.failed;
    free(homes.at);
}

/* What waits for operands of instruction i that it adds to; not in one half of them (2: in all). */
static void add_waiting_of(Maker *m, size_t i, unsigned half) {
    const Flat *f = m->flat;
    const unsigned *xs = f->operand + f->start[i], n = f->start[i + 1] - f->start[i], pairs = n / 2;
    for (unsigned j = 0; j < n; j++)
        if (xs[j] < m->first && m->active[xs[j]] && !(j < 2 * pairs && j / pairs == half)) add_waiting(m, xs[j]);
}

static void add_all_waiting(Maker *m) {
    for (size_t i = 0; i < m->first; i++) add_waiting(m, i);
}

static void add_some_waiting(Maker *m) {
    for (size_t i = 0; i < m->first && !m->matrices.failed; i++)
        if (m->transposed[i] && ((const Waiting *)(m->matrices.at + m->transposed[i] - 1))->uses >= MANY_USES) add_waiting(m, i);
}

static void push_waiting(Maker *m, Stop *stop, size_t id) {
    if (!m->transposed[id] || m->matrices.failed) return;
    const unsigned *at = m->matrices.at + m->transposed[id] - 1;
    const Waiting *of = (const Waiting *)at;
    for (unsigned u = 0; first_of(m, at[WAITING]) == id && u < of->uses; u++)
        for (unsigned k = 0; k < of->count; k++)
            if (at[words_of(of, u) + k]) push_live(m, stop, at[words_of(of, u) + k]);
}

/* Whether the same matrix and biases wait as those of a layer. */
static int is_waiting(const Maker *m, const Layer *l) {
    const unsigned known = m->transposed[matrix_row(l, 0)[0]];
    if (!known || m->matrices.failed) return 0;
    const unsigned *at = m->matrices.at + known - 1;
    const Waiting *of = (const Waiting *)at;
    if (of->count != l->count || of->pairs != l->pairs || of->odd != (m->blocks && l->odd && m->active[bias_of(l, 0)])) return 0;
    for (unsigned i = 0; i < l->count; i++)
        if (first_of(l->m, at[WAITING + i]) != matrix_row(l, i)[0] || (of->odd && at[WAITING + l->count + i] != bias_of(l, i))) return 0;
    return 1;
}

/* The weights, and biases, of a layer that stand for themselves from here on: what waits for them goes first. */
static void add_before(Maker *m, const Layer *l) {
    for (unsigned i = 0; i < l->count; i++) {
        for (unsigned j = 0; j < l->pairs; j++) add_waiting(m, matrix_row(l, i)[j]);
        if (l->odd) add_waiting(m, bias_of(l, i));
    }
}

static void wait_for(Maker *m, const Layer *l, int by_bias) {
    Words *store = &m->matrices;
    if (!is_waiting(m, l)) {
        add_before(m, l);
        const unsigned at = (unsigned)push(store, 0) + 1;
        push(store, l->count);
        push(store, l->pairs);
        push(store, (unsigned)by_bias);
        for (unsigned i = 0; i < l->count; i++) push(store, kept_row(l, i));
        for (unsigned i = 0; i < l->count; i++) push(store, by_bias ? bias_of(l, i) : NONE);
        for (size_t k = 0; k < (size_t)MOST_USES * (l->count + l->pairs); k++) push(store, 0);
        for (unsigned i = 0; i < l->count; i++) {
            for (unsigned j = 0; j < l->pairs; j++) m->transposed[matrix_row(l, i)[j]] = at;
            if (by_bias) m->transposed[bias_of(l, i)] = at;
        }
    }
    if (store->failed) return;
    unsigned *at = store->at + m->transposed[matrix_row(l, 0)[0]] - 1;
    Waiting *of = (Waiting *)at;
    unsigned *use = at + words_of(of, of->uses++);
    for (unsigned i = 0; i < l->count; i++) {
        *use++ = m->slot[m->first + l->members[i]];
        if (use[-1] && !m->refs.failed) ++*holders(m, use[-1]);
    }
    for (unsigned j = 0; j < l->pairs; j++) *use++ = m->plan->row[vector_of(l)[j]];
    if (of->uses == MOST_USES) add_waiting(m, matrix_row(l, 0)[0]);
}

static int is_of_inputs(const Layer *l) {
    for (unsigned i = 0; i < l->count; i++)
        if (matrix_row(l, i)[0] >= l->m->flat->inputs) return 0;
    return 1;
}

/* At one point the gradients of a matrix by rows are a link of their own, which waits if the numbers are inputs: nothing but a layer
   reads these. Not before a stop: what waited would come after it. */
static void back_at_point(Maker *m, const Layer *l, int wanted) {
    const int rows = wanted & BY_MATRIX && !(wanted & COLUMNS), now = rows ? wanted & ~BY_MATRIX : wanted, waits = rows && !m->plan->stop && is_of_inputs(l);
    for (unsigned i = 0; i < l->count; i++) add_waiting_of(m, l->members[i], waits && is_waiting(m, l) ? l->half : 2);
    if (now) point_back(m, l, now);
    if (rows) wait_for(m, l, 0);
    if (rows && !waits) add_waiting(m, matrix_row(l, 0)[0]);
}

/* On rows, those members that something comes in at. List: what comes in; of each number of the vector where to read and write,
   or NONE; the first weight of each member. */
static void rows_back(Maker *m, const Layer *l, int wanted) {
    Words *list = &m->plan->list;
    if (wanted & BY_VECTOR) {
        Link link = {LAYER_VECTOR, 0, l->pairs, 0, 0, (unsigned)list->n, l->count, 0};
        for (unsigned i = 0; i < l->count; i++) push(list, m->slot[m->first + l->members[i]]);
        for (unsigned j = 0; j < l->pairs; j++) {
            unsigned write = NONE, read = NONE;
            if (m->active[vector_of(l)[j]]) read = target(m, vector_of(l)[j], &write);
            push(list, read);
            push(list, write);
        }
        for (unsigned i = 0; i < l->count; i++) push(list, matrix_row(l, i)[0]);
        add_link(m, link);
    }
    if (wanted & BY_MATRIX) wait_for(m, l, (wanted & BY_BIAS) != 0);
    else
        for (unsigned i = 0; wanted & BY_BIAS && i < l->count; i++)
            connect(m, ONE_PLUS, m->slot[m->first + l->members[i]], bias_of(l, i), 0);
}

/* The layer of gradients whose first dot product is instruction i: all others wait for it. */
static void link_layer(Maker *m, size_t i) {
    const unsigned top = m->layer[i] / 2, half = m->layer[i] % 2;
    unsigned count = 0, *members = m->crowd; /* crowds are laid */
    for (size_t k = top + 1; k-- > i;)
        if (m->tried[k] == i + 1 && (!m->blocks || m->slot[m->first + k])) members[count++] = (unsigned)k;
    if (!count) return;
    Layer l = layer_at(m, members, count, half);
    if (m->blocks) rows_back(m, &l, wanted_of(&l));
    else back_at_point(m, &l, shaped(&l));
    for (unsigned k = 0; k < count; k++) {
        const size_t id = m->first + members[k];
        if (m->slot[id]) drop(m, m->slot[id]);
        m->slot[id] = 0;
    }
}

/* Whether instruction i is, or becomes, a member of a layer of gradients; its first one brings the link. */
static int is_in_layer(Maker *m, size_t i) {
    unsigned *members = m->crowd;
    if (m->tried[i] == 0 && m->flat->code[i] == CODE_DOT && m->slot[m->first + i] && may_have_layers(m) && (!m->blocks || is_dot_of_shared(m, i))) {
        for (unsigned half = 0; half < 2 - (m->blocks != 0) && !m->tried[i]; half++) {
            const unsigned found = find_members(m, i, half, members);
            if (found < FEWEST) continue;
            Layer l = layer_at(m, members, found, half);
            if (shaped(&l) < 0 || l.count < FEWEST) continue;
            for (unsigned k = 0; k < l.count; k++) m->tried[members[k]] = members[l.count - 1] + 1;
            m->layer[members[l.count - 1]] = 2 * (unsigned)i + half;
        }
        if (!m->tried[i]) m->tried[i] = NONE;
    }
    if (m->tried[i] == 0 || m->tried[i] == NONE) return 0;
    if (m->tried[i] == i + 1) link_layer(m, i);
    return 1;
}

/* Where the gradients of inputs, and of what layers compute, stand as neighbours. */
static void reserve_homes(Maker *m) {
    const size_t inputs = m->flat->inputs;
    memset(m->layer, 0, m->flat->instructions * sizeof *m->layer);
    memset(m->transposed, 0, m->first * sizeof *m->transposed); /* the matrices of values are laid */
    m->matrices.n = 0;
    if (!may_have_layers(m) || m->blocks || !m->homes) return;
    m->homes = padded((unsigned)m->homes);
    for (size_t i = 0; i < inputs; i++)
        if (m->active[i]) m->home[i] = (unsigned)(m->homes + i + 1);
    const size_t all = m->homes + inputs;
    m->homes = m->plan->values;
    for (size_t i = 0; i < all; i++) push(&m->refs, 1); /* they stay */
}

/* Of each run of inputs how many they are, and where their gradients stand as neighbours; 0: nothing reaches them. */
static void push_runs(Plan *p) {
    const size_t n = p->flat->inputs;
    for (size_t i = 0, end; i < n; i = end) {
        const unsigned at = p->gradient[i];
        for (end = i + 1; end < n && p->gradient[end] == (at ? at + (unsigned)(end - i) : 0);) end++;
        push(&p->runs, (unsigned)(end - i));
        push(&p->runs, at);
    }
}

/* How many layers a plan has, or how many go back: for tests. */
static size_t layers_in(const Plan *p, int back) {
    size_t found = 0;
    for (size_t k = 0; !back && k < p->step_count; k++) found += p->steps[k].kernel == LAYER || p->steps[k].kernel == LAYER_SHARED;
    for (size_t k = 0; back && k < p->link_count; k++) found += p->links[k].kind == LAYER_BACK || p->links[k].kind == LAYER_WEIGHTS;
    return found;
}
