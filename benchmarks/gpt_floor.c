/* A floor to compare with: loss, gradient and Adam of the GPT of gpt_values.py by hand, for one document, or some of them, a step.

   The weights are copied transposed once a step, so that all inner loops run along rows of a length known when this is compiled. */

#include <math.h>
#include <string.h>

#ifndef WIDTH
#define WIDTH 16
#endif
enum { TOKENS = 27, POSITIONS = 16, HEADS = 4, SIZE = WIDTH / HEADS, HIDDEN = 4 * WIDTH, PADDED = 32 };

typedef struct { /* as gpt_values.py names them, in its order */
    double tokens[TOKENS][WIDTH], places[POSITIONS][WIDTH];
    double query[WIDTH][WIDTH], key[WIDTH][WIDTH], value[WIDTH][WIDTH], out[WIDTH][WIDTH];
    double up[HIDDEN][WIDTH], down[WIDTH][HIDDEN], head[TOKENS][WIDTH];
} Parameters;

static struct {
    double query[WIDTH][WIDTH], key[WIDTH][WIDTH], value[WIDTH][WIDTH], out[WIDTH][WIDTH];
    double up[WIDTH][HIDDEN], down[HIDDEN][WIDTH], head[WIDTH][PADDED];
} T;

#define COPY(to, from, rows, columns) \
    for (int i = 0; i < (columns); i++) for (int o = 0; o < (rows); o++) (to)[i][o] = (from)[o][i];

/* c = A B, or that added to c: `columns` numbers a row, a multiple of 16; A's number in row r and column k is a[r * a_row + k * a_step]. */
#define INLINED static inline __attribute__((always_inline))
typedef double Eight __attribute__((vector_size(64), aligned(8), may_alias));
INLINED void some(double *c, int c_row, const double *a, int a_row, int a_step, const double *b, int b_row, const int rows, int depth, int add) {
    Eight sum[4][2] = {0};
#define C(r, j) (*(Eight *)(c + (r) * c_row + 8 * (j)))
    if (add) for (int r = 0; r < rows; r++) for (int j = 0; j < 2; j++) sum[r][j] = C(r, j);
    for (int k = 0; k < depth; k++) {
        const Eight *row = (const Eight *)(b + k * b_row), left = row[0], right = row[1];
#define ROW(r) if (rows > (r)) sum[r][0] += a[(r) * a_row + k * a_step] * left, sum[r][1] += a[(r) * a_row + k * a_step] * right;
        ROW(0) ROW(1) ROW(2) ROW(3)
    }
    for (int r = 0; r < rows; r++) for (int j = 0; j < 2; j++) C(r, j) = sum[r][j];
}
INLINED void product(double *restrict c, int c_row, const double *restrict a, int a_row, int a_step, const double *restrict b, int b_row,
                     int rows, int depth, int columns, int add) {
    for (int j = 0; j < columns; j += 16) {
        int r = 0;
        for (; r + 4 <= rows; r += 4) some(c + r * c_row + j, c_row, a + r * a_row, a_row, a_step, b + j, b_row, 4, depth, add);
        c += r * c_row, a += r * a_row;
        if (rows - r == 3) some(c + j, c_row, a, a_row, a_step, b + j, b_row, 3, depth, add);
        if (rows - r == 2) some(c + j, c_row, a, a_row, a_step, b + j, b_row, 2, depth, add);
        if (rows - r == 1) some(c + j, c_row, a, a_row, a_step, b + j, b_row, 1, depth, add);
        c -= r * c_row, a -= r * a_row;
    }
}

/* For all n positions: y = W x, by the transposed; and dx (+)= W' dy, dW += dy x'. */
#define FORWARD(y, x, transposed, ins, outs) product((y)[0], outs, (x)[0], ins, 1, (transposed)[0], outs, n, ins, outs, 0)
#define BACKWARD(w, dw, x, dy, dx, ins, outs, row, add) \
    product((dx)[0], ins, (dy)[0], row, 1, (w)[0], ins, n, outs, ins, add), \
    product((dw)[0], ins, (dy)[0], 1, row, (x)[0], ins, outs, n, ins, 1)

static double normal(double *restrict y, const double *restrict x) {
    double squares = 0;
    for (int i = 0; i < WIDTH; i++) squares += x[i] * x[i];
    const double scale = 1 / sqrt(squares / WIDTH + 1e-5);
    for (int i = 0; i < WIDTH; i++) y[i] = x[i] * scale;
    return scale;
}

static void by_normal(const double *restrict x, double scale, const double *restrict dy, double *restrict dx) {
    double along = 0;
    for (int i = 0; i < WIDTH; i++) along += dy[i] * x[i];
    along *= scale * scale * scale / WIDTH;
    for (int i = 0; i < WIDTH; i++) dx[i] += dy[i] * scale - along * x[i];
}

static double shares(double *z, int n) { /* in place; the logarithm of the sum */
    double highest = z[0], sum = 0;
    for (int i = 1; i < n; i++) if (z[i] > highest) highest = z[i];
    for (int i = 0; i < n; i++) sum += z[i] = exp(z[i] - highest);
    for (int i = 0; i < n; i++) z[i] /= sum;
    return highest + log(sum);
}

typedef double Rows[POSITIONS][WIDTH];
static Rows sum, given, x, query, key, value, seen, middle, inner, last;
static double hidden[POSITIONS][HIDDEN], logits[POSITIONS][PADDED], weight[POSITIONS][HEADS][POSITIONS];
static double first_scale[POSITIONS], second_scale[POSITIONS], third_scale[POSITIONS];

static void attend(int t) {
    memset(seen[t], 0, sizeof seen[t]);
    for (int h = 0; h < HEADS; h++) {
        double *w = weight[t][h];
        const int at = h * SIZE;
        for (int s = 0; s <= t; s++) {
            w[s] = 0;
            for (int i = 0; i < SIZE; i++) w[s] += query[t][at + i] * key[s][at + i];
            w[s] *= 1 / sqrt((double)SIZE);
        }
        shares(w, t + 1);
        for (int s = 0; s <= t; s++)
            for (int i = 0; i < SIZE; i++) seen[t][at + i] += w[s] * value[s][at + i];
    }
}

static double forward(const Parameters *p, const int *document, int n) {
    double loss = 0;
    for (int t = 0; t < n; t++) {
        for (int i = 0; i < WIDTH; i++) sum[t][i] = p->tokens[document[t]][i] + p->places[t][i];
        first_scale[t] = normal(given[t], sum[t]);
        second_scale[t] = normal(x[t], given[t]);
    }
    FORWARD(query, x, T.query, WIDTH, WIDTH), FORWARD(key, x, T.key, WIDTH, WIDTH), FORWARD(value, x, T.value, WIDTH, WIDTH);
    for (int t = 0; t < n; t++) attend(t);
    FORWARD(middle, seen, T.out, WIDTH, WIDTH);
    for (int t = 0; t < n; t++) {
        for (int i = 0; i < WIDTH; i++) middle[t][i] += given[t][i];
        third_scale[t] = normal(inner[t], middle[t]);
    }
    FORWARD(hidden, inner, T.up, WIDTH, HIDDEN);
    for (int t = 0; t < n; t++) for (int i = 0; i < HIDDEN; i++) hidden[t][i] = hidden[t][i] > 0 ? hidden[t][i] : 0;
    FORWARD(last, hidden, T.down, HIDDEN, WIDTH);
    for (int t = 0; t < n; t++) for (int i = 0; i < WIDTH; i++) last[t][i] += middle[t][i];
    FORWARD(logits, last, T.head, WIDTH, PADDED);
    for (int t = 0; t < n; t++) {
        const double aimed = logits[t][document[t + 1]];
        loss += shares(logits[t], TOKENS) - aimed;
    }
    return loss / n;
}

static Rows d_query, d_key, d_value, d_seen, d_last, d_inner, d_x;
static double d_hidden[POSITIONS][HIDDEN];

static void attend_back(int t) {
    for (int h = 0; h < HEADS; h++) {
        const double *w = weight[t][h];
        const int at = h * SIZE;
        double d_weight[POSITIONS], whole = 0;
        for (int s = 0; s <= t; s++) {
            d_weight[s] = 0;
            for (int i = 0; i < SIZE; i++) {
                d_weight[s] += d_seen[t][at + i] * value[s][at + i];
                d_value[s][at + i] += d_seen[t][at + i] * w[s];
            }
            whole += d_weight[s] * w[s];
        }
        for (int s = 0; s <= t; s++) {
            const double d = w[s] * (d_weight[s] - whole) * (1 / sqrt((double)SIZE));
            for (int i = 0; i < SIZE; i++) d_query[t][at + i] += d * key[s][at + i], d_key[s][at + i] += d * query[t][at + i];
        }
    }
}

static void backward(const Parameters *p, Parameters *g, const int *document, int n, double share) {
    for (int t = 0; t < n; t++) {
        logits[t][document[t + 1]] -= 1;
        for (int i = 0; i < TOKENS; i++) logits[t][i] *= share / n;
    }
    BACKWARD(p->head, g->head, last, logits, d_last, WIDTH, TOKENS, PADDED, 0);
    BACKWARD(p->down, g->down, hidden, d_last, d_hidden, HIDDEN, WIDTH, WIDTH, 0);
    for (int t = 0; t < n; t++) for (int i = 0; i < HIDDEN; i++) d_hidden[t][i] = hidden[t][i] > 0 ? d_hidden[t][i] : 0;
    BACKWARD(p->up, g->up, inner, d_hidden, d_inner, WIDTH, HIDDEN, HIDDEN, 0);
    for (int t = 0; t < n; t++) by_normal(middle[t], third_scale[t], d_inner[t], d_last[t]); /* which is that of `middle` too */
    BACKWARD(p->out, g->out, seen, d_last, d_seen, WIDTH, WIDTH, WIDTH, 0);
    memset(d_query, 0, n * sizeof d_query[0]), memset(d_key, 0, n * sizeof d_key[0]), memset(d_value, 0, n * sizeof d_value[0]);
    for (int t = 0; t < n; t++) attend_back(t);
    BACKWARD(p->query, g->query, x, d_query, d_x, WIDTH, WIDTH, WIDTH, 0);
    BACKWARD(p->key, g->key, x, d_key, d_x, WIDTH, WIDTH, WIDTH, 1);
    BACKWARD(p->value, g->value, x, d_value, d_x, WIDTH, WIDTH, WIDTH, 1);
    for (int t = 0; t < n; t++) {
        double d_sum[WIDTH] = {0};
        by_normal(given[t], second_scale[t], d_x[t], d_last[t]); /* and that of `given` */
        by_normal(sum[t], first_scale[t], d_last[t], d_sum);
        for (int i = 0; i < WIDTH; i++) g->tokens[document[t]][i] += d_sum[i], g->places[t][i] += d_sum[i];
    }
}

static void adam(double *restrict p, const double *restrict g, double *restrict m, double *restrict v, int n, int step, double rate) {
    const double b1 = 0.85, b2 = 0.99, by_m = 1 / (1 - pow(b1, step + 1)), by_v = 1 / (1 - pow(b2, step + 1));
    for (int i = 0; i < n; i++) {
        m[i] = b1 * m[i] + (1 - b1) * g[i];
        v[i] = b2 * v[i] + (1 - b2) * g[i] * g[i];
        p[i] -= rate * (m[i] * by_m) / (sqrt(v[i] * by_v) + 1e-8);
    }
}

/* `steps` steps after so many others, each on the mean of `batch` documents; document d has its tokens from starts[d] to starts[d + 1].
   Without rates there is no Adam: the losses, and the sums of squares of the gradients behind them. */
void train(double *numbers, double *m, double *v, const int *all, const int *starts, int batch, int steps, int done, const double *rates,
           double *losses) {
    static Parameters gradient;
    Parameters *p = (Parameters *)numbers, *g = &gradient;
    const int count = sizeof gradient / sizeof(double);
    for (int k = 0; k < steps; k++) {
        COPY(T.query, p->query, WIDTH, WIDTH) COPY(T.key, p->key, WIDTH, WIDTH) COPY(T.value, p->value, WIDTH, WIDTH)
        COPY(T.out, p->out, WIDTH, WIDTH) COPY(T.up, p->up, HIDDEN, WIDTH) COPY(T.down, p->down, WIDTH, HIDDEN)
        COPY(T.head, p->head, TOKENS, WIDTH)
        memset(g, 0, sizeof gradient);
        losses[k] = 0;
        for (int d = k * batch; d < (k + 1) * batch; d++) {
            const int whole = starts[d + 1] - starts[d] - 1, n = whole < POSITIONS ? whole : POSITIONS;
            losses[k] += forward(p, all + starts[d], n) / batch;
            backward(p, g, all + starts[d], n, 1.0 / batch);
        }
        if (rates != NULL) adam(numbers, (double *)g, m, v, count, done + k, rates[k]);
        else {
            losses[steps + k] = 0;
            for (int i = 0; i < count; i++) losses[steps + k] += ((double *)g)[i] * ((double *)g)[i];
        }
    }
}
