/* The rules of optim.py once more, in C: one pass over all parameters, the same bits.

   optim.py says what a rule is and what is refused. Where there is something to refuse, or out of the ordinary, nothing is changed
   here and 0 is returned: then it is Python's turn, which says so by name.

   A loop of many steps that needs no interpreter has to know of optimisers only the type `Updated` and two addresses:
   `updated(rule, theta, gradient, lr, steps)` is the step after so many others. `Update.capsule` (updates.pyx) holds them. */

#include <math.h>
#include <stddef.h>

typedef int (*Updated)(const void *rule, double *theta, const double *gradient, double lr, double steps);

enum { BY_SGD, BY_ADAM };

typedef struct {
    size_t n;
    double *first, *second;                     /* the memories: velocity (NULL without momentum); or mean and square */
    double b1, b2, eps;                         /* b1: the momentum */
    double weight_decay, clip_value, clip_norm; /* infinite where nothing is clipped */
    int kind, variant;                          /* variant: nesterov; decoupled */
} Rule;

enum { LANES = 8, AT_ONCE = 256 };
static const double LARGEST = 1e145, LARGEST_FACTOR = 1e50; /* of such numbers and factors no step is infinite */

#if defined(__GNUC__)
#define INLINED static inline __attribute__((always_inline))
#else
#define INLINED static inline
#endif

INLINED double within(double x, double limit) { return x > limit ? limit : x < -limit ? -limit : x; }

/* The gradient by some parameters as the rule takes it: clipped, and with the pull to zero that stands in it; into `room`, if it
   is another one. */
INLINED const double *taken(const Rule *r, const double *theta, const double *given, double factor, int pulled, size_t n, double *room) {
    const double *g = given;
    if (r->clip_value < INFINITY) {
        for (size_t i = 0; i < n; i++) room[i] = within(g[i], r->clip_value);
        g = room;
    }
    if (factor != 1.0) {
        for (size_t i = 0; i < n; i++) room[i] = g[i] * factor;
        g = room;
    }
    if (pulled) {
        for (size_t i = 0; i < n; i++) room[i] = g[i] + r->weight_decay * theta[i];
        g = room;
    }
    return g;
}

/* The factor that shortens a gradient to the limit; nan if the sum of its squares is not finite. That sum is in the order of
   `sum_of_squares` in optim.py: of each eighth number, and then of those eight sums. */
INLINED double shortened(const Rule *r, const double *gradient) {
    double room[AT_ONCE], sums[LANES] = {0.0}, sum = 0.0;
    if (r->clip_norm == INFINITY) return 1.0;
    for (size_t at = 0; at < r->n; at += AT_ONCE) {
        const size_t n = r->n - at < AT_ONCE ? r->n - at : AT_ONCE, whole = n - n % LANES;
        const double *g = taken(r, NULL, gradient + at, 1.0, 0, n, room);
        for (size_t i = 0; i < whole; i += LANES)
            for (size_t k = 0; k < LANES; k++) sums[k] += g[i + k] * g[i + k];
        for (size_t i = whole; i < n; i++) sums[i - whole] += g[i] * g[i];
    }
    for (size_t k = 0; k < LANES; k++) sum += sums[k];
    const double factor = r->clip_norm / (sqrt(sum) + 1e-6);
    return !isfinite(sum) ? NAN : factor < 1.0 ? factor : 1.0;
}

INLINED void by_sgd(const Rule *r, double *__restrict theta, double *__restrict velocity, const double *__restrict g, size_t n, double lr) {
    const double momentum = r->b1;
    if (velocity == NULL)
        for (size_t i = 0; i < n; i++) theta[i] -= g[i] * lr;
    else if (r->variant)
        for (size_t i = 0; i < n; i++) {
            velocity[i] = velocity[i] * momentum + g[i];
            theta[i] -= (g[i] + momentum * velocity[i]) * lr;
        }
    else
        for (size_t i = 0; i < n; i++) {
            velocity[i] = velocity[i] * momentum + g[i];
            theta[i] -= velocity[i] * lr;
        }
}

INLINED void by_adam(const Rule *r, double *__restrict theta, double *__restrict mean, double *__restrict square, const double *__restrict g,
                     size_t n, double kept, double eps, double rate) {
    const double b1 = r->b1, b2 = r->b2;
    if (kept != 1.0)
        for (size_t i = 0; i < n; i++) theta[i] *= kept;
    for (size_t i = 0; i < n; i++) {
        mean[i] = mean[i] * b1 + g[i];
        square[i] = square[i] * b2 + g[i] * g[i];
        theta[i] -= mean[i] / (sqrt(square[i]) + eps) * rate;
    }
}

/* Step number `steps`, the first being 0. Whether it was done: else nothing has changed. */
INLINED int update(const void *rule, double *theta, const double *gradient, double lr, double steps) {
    const Rule *r = (const Rule *)rule;
    const int adam = r->kind == BY_ADAM, pulled = r->weight_decay != 0.0 && !(adam && r->variant);
    const double factor = shortened(r, gradient), t = steps + 1.0;
    double room[AT_ONCE], kept = 1.0, eps = 0.0, rate = lr;
    if (isnan(factor) || r->clip_value == 0.0) return 0; /* of which sign are the zeros? */
    int beyond = 0;
    for (size_t at = 0; at < r->n; at += AT_ONCE) {
        const size_t n = r->n - at < AT_ONCE ? r->n - at : AT_ONCE;
        const double *g = taken(r, theta + at, gradient + at, factor, pulled, n, room);
        for (size_t i = 0; i < n; i++) beyond |= !(fabs(g[i]) <= LARGEST) | !(fabs(theta[at + i]) <= LARGEST);
        for (size_t i = 0; i < n && r->first != NULL; i++) beyond |= !(fabs(r->first[at + i]) <= LARGEST);
    }
    if (beyond) return 0;
    if (adam) {
        const double scale = sqrt((1.0 - pow(r->b2, t)) / (1.0 - r->b2));
        eps = r->eps * scale;
        rate = lr * (1.0 - r->b1) / (1.0 - pow(r->b1, t)) * scale;
        if (r->weight_decay != 0.0 && r->variant) kept = 1.0 - lr * r->weight_decay;
        if (!(eps >= 1.0 / LARGEST_FACTOR)) return 0;
    }
    if (!(rate <= LARGEST_FACTOR && fabs(kept) <= LARGEST_FACTOR)) return 0;
    for (size_t at = 0; at < r->n; at += AT_ONCE) {
        const size_t n = r->n - at < AT_ONCE ? r->n - at : AT_ONCE;
        const double *g = taken(r, theta + at, gradient + at, factor, pulled, n, room);
        if (adam) by_adam(r, theta + at, r->first + at, r->second + at, g, n, kept, eps, rate);
        else by_sgd(r, theta + at, r->first == NULL ? NULL : r->first + at, g, n, lr);
    }
    return 1;
}

/* The same for each set of instructions; which one runs here. */

#define UPDATED(name) static int name(const void *rule, double *theta, const double *gradient, double lr, double steps) { \
        return update(rule, theta, gradient, lr, steps);                                                                 \
    }
UPDATED(updated_plain)
#if defined(__x86_64__) && defined(__GNUC__)
__attribute__((target("avx2"))) UPDATED(updated_avx2)
static Updated updated_here(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") ? updated_avx2 : updated_plain; /* wider is as fast: the divider is the limit */
}
#else
static Updated updated_here(void) { return updated_plain; }
#endif
