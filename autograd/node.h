/* node.py once more, in C: a node, its links, the order, the sweep; and what Python does by itself, where nodes lie and how they die.

   node.pxd lists the names that both keep and value.py takes; both give the same bits. What has no memory says so by -1 or NULL.

   The tape holds a borrowed pointer to every living node, in the order of creation. A node's operands are older than the
   node, so that walking the tape backwards is a reverse topological order, and the same one in every run. */

#include "_kernels.h" /* value and partials of each operation */
#include "product.h"  /* long products */
#include "slabs.h"    /* their memory */
#include <math.h>

typedef struct Node {
    PyObject_HEAD
    double data;
    union {
        double grad;
        struct Node *next_to_die; /* of a node that waits to be freed */
    };
    struct Node *operand[2]; /* NULL stands for a plain number; with more than two operands operand[0] is their block */
    double number[2];        /* the partial by a node, the plain number itself; of a leaf the sum of the running sweep */
    unsigned int index;      /* its place on the tape; 0: not there yet */
    unsigned int count;      /* how many operands */
    unsigned short code;     /* of the operation; 0: a leaf */
    unsigned short flags;
    unsigned int scope;      /* the number of the scope that it was made in; 0: in none */
} Node;

enum {
    REACHED = 1,
    LABELLED = 2,
    BARE = 4,     /* made by `Value.__new__`, its `__init__` is to come */
    AGED = 8,     /* in place of REACHED: the sweep came by before the numbers were computed anew */
    CHOSEN = 16,  /* holds what was decided by numbers, and would not be decided anew */
    BY_RULE = 32, /* made by a rule of partials, in IEEE arithmetic: it never raises */
    TERM = 64,    /* a gradient times a partial, as a product: while neither is 0 and the partial finite (see derivative.py) */
};

static PyTypeObject *node_type;

static inline int is_node(PyObject *x) { return Py_TYPE(x) == node_type; }

static inline Node **links_of(Node *v) { return v->count > 2 ? (Node **)v->operand[0] : v->operand; }

static inline double *numbers_of(Node *v) {
    return v->count > 2 ? (double *)((Node **)v->operand[0] + v->count) : v->number;
}

/* Room for more than two operands, their pointers, then their numbers: in places for 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20 ... 512
   of them, each with a store of its own; larger ones are the system's. */

#define BLOCK(count) CUT((count) * (sizeof(Node *) + sizeof(double)))
#define FOUR_BLOCKS(n) BLOCK(5 << (n)), BLOCK(6 << (n)), BLOCK(7 << (n)), BLOCK(8 << (n))
enum { LARGEST_BLOCK = 512 };
static const Cut block_cuts[] = {BLOCK(3), BLOCK(4), FOUR_BLOCKS(0), FOUR_BLOCKS(1), FOUR_BLOCKS(2), FOUR_BLOCKS(3), FOUR_BLOCKS(4),
                                 FOUR_BLOCKS(5), FOUR_BLOCKS(6)};
static Store block_stores[sizeof(block_cuts) / sizeof(Cut)];

static inline int kind_of_block(unsigned int count) {
    if (count < 5) return (int)count - 3;
    const int n = top_bit(count - 1);
    return 4 * n + (int)((count - 1) >> (n - 2)) - 10;
}

static inline size_t size_of_block(unsigned int count) { return count * (sizeof(Node *) + sizeof(double)); }

static int make_block(Node *v, unsigned int count) {
    if (count > 2) {
        const int kind = count <= LARGEST_BLOCK ? kind_of_block(count) : -1;
        void *block = kind < 0 ? malloc(size_of_block(count)) : take_place(&block_stores[kind], &block_cuts[kind]);
        if (block == NULL) return -1;
        v->operand[0] = (Node *)memset(block, 0, size_of_block(count));
    }
    v->count = count;
    return 0;
}

static inline void give_back_block(void *block, unsigned int count) {
    const int kind = count <= LARGEST_BLOCK ? kind_of_block(count) : -1;
    if (kind < 0) free(block);
    else give_place(&block_stores[kind], &block_cuts[kind], block);
}

/* The number of an operand: 1 for a node, 0 for a float or an int that a double holds, -1 for anything else. */
static inline int number_in(PyObject *x, double *number) {
    if (is_node(x)) return *number = ((Node *)x)->data, 1;
    if (PyFloat_CheckExact(x)) return *number = PyFloat_AS_DOUBLE(x), 0;
    if (!PyLong_CheckExact(x)) return -1;
    *number = PyLong_AsDouble(x);
    return *number == -1.0 && PyErr_Occurred() ? PyErr_Clear(), -1 : 0;
}

/* Put operands into a node's block, from place `at` on, with their numbers; `linked` is set if one of them is a node.
   False if something is neither node nor number. */
static int take(Node *v, Py_ssize_t at, PyObject *const *operands, Py_ssize_t n, int *linked) {
    Node **nodes = links_of(v) + at;
    double *numbers = numbers_of(v) + at;
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *x = operands[i];
        const int kind = number_in(x, &numbers[i]);
        if (kind < 0) return 0;
        if (kind == 0) continue;
        Py_INCREF(x);
        nodes[i] = (Node *)x;
        *linked = 1;
    }
    return 1;
}

static inline int take_list(Node *v, Py_ssize_t at, PyObject *list, int *linked) {
    return take(v, at, ((PyListObject *)list)->ob_item, PyList_GET_SIZE(list), linked);
}

static inline int take_one(Node *v, Py_ssize_t at, PyObject *x, int *linked) { return take(v, at, &x, 1, linked); }

/* The tape, and beside it one mark for each place: `pending` during a sweep, all clear between sweeps.
   `groups` has a mark for each word of `pending` that has one. */

static Node **tape;
static Word *pending, *groups;
static size_t top = 1, capacity;

static void compact(void) {
    size_t live = 1;
    while (live < top && tape[live] != NULL) live++; /* their nodes need not be touched */
    for (size_t i = live; i < top; i++)
        if (tape[i] != NULL) {
            tape[live] = tape[i];
            tape[live]->index = (unsigned int)live;
            live++;
        }
    top = live;
}

static int make_room(void) {
    if (capacity) compact();
    if (capacity && top < capacity / 2 && top > capacity / 8) return 0;
    size_t wanted = capacity == 0 ? 4096 : top < capacity / 2 ? capacity / 2 : 2 * capacity;
    if (wanted < 4096) return 0;
    if (wanted > 0xffffffffUL) return -1; /* indices have 32 bits */
    Word *new_pending = (Word *)calloc(wanted / 64, sizeof(Word));
    Word *new_groups = (Word *)calloc(wanted / 4096, sizeof(Word));
    Node **new_tape = new_pending && new_groups ? (Node **)realloc(tape, wanted * sizeof(Node *)) : NULL;
    if (new_tape == NULL) {
        free(new_pending);
        free(new_groups);
        return -1;
    }
    free(pending);
    free(groups);
    tape = new_tape, pending = new_pending, groups = new_groups, capacity = wanted;
    tape[0] = NULL;
    if (capacity * sizeof(Node *) > 2 * SLAB) in_huge_pages(tape, tape + capacity);
    return 0;
}

/* The tape keeps room for as many nodes as there are slabs for. */
static void fewer_slabs(void) {
    size_t kept = (size_t)(slabs_used + slabs_waiting) * (SLAB / sizeof(Node));
    if (kept < top) kept = top;
    if (kept < capacity) forget(tape + kept, tape + capacity);
}

static inline int remember(Node *v) {
    if (top >= capacity && make_room() < 0) return -1;
    v->index = (unsigned int)top;
    tape[top++] = v;
    return 0;
}

/* Marks. A walk holds the marks of the newest word in `here`, so that a dense graph is walked in registers. */

typedef struct { Word here; size_t word, at; } Walk;

/* Mark node `i`; whether it was marked before. */
static inline int mark(Walk *walk, size_t i) {
    const Word bit = (Word)1 << (i & 63);
    const size_t word = i >> 6;
    if (word == walk->word) {
        if (walk->here & bit) return 1;
        walk->here |= bit;
        return 0;
    }
    if (pending[word] & bit) return 1;
    pending[word] |= bit;
    groups[word >> 6] |= (Word)1 << (word & 63);
    return 0;
}

/* The newest marked node, its mark cleared; NULL when none is left.
   Most often it is the one made just before: to guess so first spares the processor to wait for the marks (14 -> 7 ns a node). */
static inline Node *newest(Walk *walk) {
    const size_t guess = walk->at - 1;
    const Word bit = (Word)1 << (guess & 63);
    if (guess >> 6 == walk->word && walk->here & bit) {
        walk->here ^= bit;
        walk->at = guess;
        return tape[guess];
    }
    if (walk->here == 0) {
        size_t g = walk->word >> 6;
        Word words = groups[g] & (((Word)1 << (walk->word & 63)) - 1);
        while (words == 0) {
            if (g == 0) return NULL;
            words = groups[--g];
        }
        walk->word = (g << 6) | (size_t)top_bit(words);
        groups[g] ^= (Word)1 << (walk->word & 63);
        walk->here = pending[walk->word];
        pending[walk->word] = 0;
    }
    const int top_mark = top_bit(walk->here);
    walk->here ^= (Word)1 << top_mark;
    walk->at = (walk->word << 6) | (size_t)top_mark;
    return tape[walk->at];
}

/* What a sweep for `gradients` overwrites, to be put back. */

typedef struct { Node *node; double grad; } Saved;
static Saved *saved;
static size_t saved_count, saved_room;

static int save(Node *v) {
    if (saved_count == saved_room) {
        size_t wanted = saved_room ? 2 * saved_room : 1024;
        Saved *more = (Saved *)realloc(saved, wanted * sizeof(Saved));
        if (more == NULL) return -1;
        saved = more;
        saved_room = wanted;
    }
    saved[saved_count].node = v;
    saved[saved_count++].grad = v->grad;
    return 0;
}

static inline double *sum_of(Node *v) { return v->code ? &v->grad : v->number; }

static unsigned char choice[1 << 16]; /* of each code whether its operation chooses: an edge with the partial 0 is closed */
static void set_choice(int code, int chooses) { choice[(unsigned short)code] = (unsigned char)chooses; }

/* An infinite gradient, or nan, at a choice: it passes where that is open, and to a closed side not even as 0 times infinity. */
static void pass_open(Node *v) {
    for (unsigned int i = 0; i < v->count; i++)
        if (links_of(v)[i] != NULL && numbers_of(v)[i] != 0.0) *sum_of(links_of(v)[i]) += v->grad * numbers_of(v)[i];
}

/* The end of a walk for which there is no memory: no mark is left behind. Apart, and by value: `walk` stays in registers. */
static APART int give_up(Walk walk) {
    while (newest(&walk) != NULL) {}
    return -1;
}

/* Reverse mode: from `root` to the leaves, newest first. With `keep`, every gradient is saved before it is overwritten: -1 where
   there is no memory for that. A leaf gathers its terms apart and adds their sum at the end, so that a second pass doubles it to
   the bit. */
static inline int sweep(Node *root, double seed, int keep) {
    Walk walk = {0, root->index >> 6, 0};
    if (keep && save(root) < 0) return -1;
    mark(&walk, root->index);
    *sum_of(root) = seed;
    for (Node *v; (v = newest(&walk)) != NULL;) {
        if (v->code == 0) {
            if (keep) v->grad = v->number[0];
            else {
                v->grad += v->number[0];
                v->flags |= REACHED;
            }
            continue;
        }
        const double g = !isfinite(v->grad) && choice[v->code] ? 0.0 : v->grad;
        Node **operands = links_of(v);
        const double *numbers = numbers_of(v);
        if (!keep) v->flags |= REACHED;
        for (unsigned int i = 0; i < v->count; i++) {
            Node *p = operands[i];
            if (p == NULL) continue;
            double *sum = sum_of(p);
            const double term = g != 0.0 ? g * numbers[i] : 0.0;
            if (mark(&walk, p->index)) *sum += term;
            else {
                if (keep && save(p) < 0) return give_up(walk);
                *sum = 0.0 + term;
            }
        }
        if (g == 0.0 && v->grad != 0.0) pass_open(v);
    }
    return 0;
}

/* The same for `backward`: it saves nothing, and so it cannot fail. Apart, for among a method's own variables the loop has too few
   registers (6.1 -> 4.8 ns a node). */
static APART void sweep_from(PyObject *root, double seed) { (void)sweep((Node *)root, seed, 0); }

/* d root / d xs into `numbers`, which has room for the xs' own gradients behind; no gradient of the graph is changed. */
static int sweep_apart(Node *root, double seed, PyObject *xs, double *numbers) {
    const Py_ssize_t n = PyList_GET_SIZE(xs);
    double *before = numbers + n;
#define X ((Node *)PyList_GET_ITEM(xs, i))
    for (Py_ssize_t i = 0; i < n; i++) before[i] = X->grad;
    for (Py_ssize_t i = 0; i < n; i++) X->grad = 0.0;
    saved_count = 0;
    int failed = sweep(root, seed, 1);
    for (Py_ssize_t i = 0; i < n; i++) numbers[i] = X->grad;
    while (saved_count) {
        saved_count--;
        saved[saved_count].node->grad = saved[saved_count].grad;
    }
    for (Py_ssize_t i = 0; i < n; i++) X->grad = before[i];
#undef X
    if (saved_room > 1 << 16) {
        free(saved);
        saved = NULL;
        saved_room = 0;
    }
    return failed;
}

static PyObject *list_of(const double *numbers, Py_ssize_t n) {
    PyObject *list = PyList_New(n);
    for (Py_ssize_t i = 0; list != NULL && i < n; i++) {
        PyObject *number = PyFloat_FromDouble(numbers[i]);
        if (number == NULL) Py_CLEAR(list);
        else PyList_SET_ITEM(list, i, number);
    }
    return list;
}

/* d root / d xs as a list. */
static PyObject *gradients_from(PyObject *root, double seed, PyObject *xs) {
    int nodes = is_node(root) && PyList_Check(xs); /* where Cython would take None */
    const Py_ssize_t n = nodes ? PyList_GET_SIZE(xs) : 0;
    for (Py_ssize_t i = 0; i < n; i++) nodes &= is_node(PyList_GET_ITEM(xs, i));
    if (!nodes) return PyErr_SetString(PyExc_TypeError, "a reverse pass runs from a Value to Values"), NULL;
    double *numbers = (double *)malloc((2 * (size_t)n + 1) * sizeof(double));
    const int failed = numbers == NULL || sweep_apart((Node *)root, seed, xs, numbers) < 0;
    PyObject *list = failed ? PyErr_NoMemory() : list_of(numbers, n);
    free(numbers);
    return list;
}

/* All nodes that `roots` (a list or tuple of nodes and numbers; of None none) are computed from, themselves included, newest first.
   NULL: no memory. `links` is how many operands they have together. */
static Node **gather(PyObject *roots, size_t *count, size_t *links) {
    Walk walk = {0, 0, 0};
    size_t n = 0, room = 256, newest_root = 0;
    Node **found = (Node **)malloc(room * sizeof(Node *));
    if (found == NULL) return NULL;
    const Py_ssize_t given = roots != Py_None ? PySequence_Fast_GET_SIZE(roots) : 0;
    for (Py_ssize_t i = 0; i < given; i++)
        if (is_node(PySequence_Fast_GET_ITEM(roots, i))) {
            const size_t index = ((Node *)PySequence_Fast_GET_ITEM(roots, i))->index;
            if (index > newest_root) newest_root = index;
        }
    *count = *links = 0;
    if (newest_root == 0) return found;
    walk.word = newest_root >> 6;
    for (Py_ssize_t i = 0; i < given; i++)
        if (is_node(PySequence_Fast_GET_ITEM(roots, i))) mark(&walk, ((Node *)PySequence_Fast_GET_ITEM(roots, i))->index);
    for (Node *v; (v = newest(&walk)) != NULL;) {
        if (n == room && found != NULL) {
            Node **more = (Node **)realloc(found, (room *= 2) * sizeof(Node *));
            if (more == NULL) free(found); /* the marks are cleared all the same */
            found = more;
        }
        if (found != NULL) found[n++] = v;
        Node **operands = links_of(v);
        *links += v->count;
        for (unsigned int i = 0; i < v->count; i++)
            if (operands[i] != NULL) mark(&walk, operands[i]->index);
    }
    *count = n;
    return found;
}

/* The same, oldest first, as a list. */
static PyObject *members_of(PyObject *roots) {
    size_t n = 0, links = 0;
    Node **found = gather(roots, &n, &links);
    PyObject *list = found != NULL ? PyList_New((Py_ssize_t)n) : PyErr_NoMemory();
    if (list != NULL)
        for (size_t i = 0; i < n; i++) {
            PyObject *v = (PyObject *)found[n - 1 - i];
            Py_INCREF(v);
            PyList_SET_ITEM(list, (Py_ssize_t)i, v);
        }
    free(found);
    return list;
}

/* Flags for all that `roots` are computed from and that was made after `first`. */
static int flag_since(PyObject *first, PyObject *roots, int flags) {
    size_t n = 0, links = 0;
    if (!is_node(first)) return PyErr_SetString(PyExc_TypeError, "nodes are made since a Value"), -1;
    Node **found = gather(roots, &n, &links);
    if (found == NULL) return PyErr_NoMemory(), -1;
    for (size_t i = 0; i < n && found[i]->index > ((Node *)first)->index; i++) found[i]->flags |= (unsigned short)flags;
    free(found);
    return 0;
}

/* A graph computed anew, in place. */

/* The sum of operands and of products: `numbers` holds the first factors, the second ones, then what is added; where there is a
   node, the partial by it replaces its number. */
static double fold(Node *const *links, double *numbers, size_t pairs, size_t n) {
    double y = 0.0, one = 0.0, unused = 0.0;
    for (size_t i = 2 * pairs; i < n; i++) {
        y = kernel2(OP_ADD, y, numbers[i], 2, &unused, &one);
        if (links[i] != NULL) numbers[i] = one;
    }
    for (size_t i = 0; i < pairs; i++) {
        double left = numbers[i], right = numbers[pairs + i];
        const double product = kernel2(OP_MUL, left, right, 3, &left, &right);
        y = kernel2(OP_ADD, y, product, 2, &unused, &one);
        if (links[i] != NULL) numbers[i] = one * left;
        if (links[pairs + i] != NULL) numbers[pairs + i] = one * right;
    }
    return y;
}

/* Value and partials of one or two operands, of which `need` says which are nodes. Apart: a second copy of all kernels would make the
   operators' own too dear to be inlined (build 18 -> 21 ns a node). */
static APART double kernel_of(const Node *v, double a, double b, double *by_a, double *by_b) {
    double unread;
    if (v->count == 2) return kernel2(v->code, a, b, (v->operand[0] != NULL) + 2 * (v->operand[1] != NULL), by_a, by_b);
    return kernel1(v->code, a, v->operand[0] != NULL ? by_a : &unread);
}

static inline int has_kernel(const Node *v) { return (v->count <= 2 && native(v->code)) || v->code == OP_SUM || v->code == OP_DOT; }

/* Value and numbers of a node from what its operands hold now, for what has a kernel. */
static inline double from_operands(Node *v, double *numbers) {
    Node **links = links_of(v);
    const double *before = numbers_of(v);
    for (unsigned int i = 0; i < v->count; i++) numbers[i] = links[i] != NULL ? links[i]->data : before[i];
    if (v->code == OP_SUM || v->code == OP_DOT) return fold(links, numbers, v->code == OP_DOT ? v->count / 2 : 0, v->count);
    return kernel_of(v, numbers[0], v->count == 2 ? numbers[1] : 0.0, &numbers[0], &numbers[1]);
}

/* The same by `anew`, which returns (value, list of numbers) and may raise: -1. Whatever it does, the members of a graph stay. */
static int ask(PyObject *anew, Node *v, double *value, double *numbers) {
    PyObject *found = PyObject_CallFunctionObjArgs(anew, (PyObject *)v, NULL);
    if (found == NULL) return -1;
    *value = PyFloat_AsDouble(PyTuple_GET_ITEM(found, 0));
    for (unsigned int i = 0; i < v->count; i++) numbers[i] = PyFloat_AsDouble(PyList_GET_ITEM(PyTuple_GET_ITEM(found, 1), i));
    Py_DECREF(found);
    return PyErr_Occurred() ? -1 : 0;
}

/* Put another number in place; whether it has other bits. */
static inline int put(double *place, double x) {
    Word before, now;
    memcpy(&before, place, sizeof before);
    memcpy(&now, &x, sizeof now);
    *place = x;
    return before != now;
}

/* Give a node a value and numbers, which keep in turn what it held; whether those are other bits. */
static inline int swap(Node *v, double *held) {
    double *numbers = numbers_of(v), before = v->data;
    int other = put(&v->data, held[0]);
    held[0] = before;
    for (unsigned int i = 0; i < v->count; i++) {
        before = numbers[i];
        other |= put(&numbers[i], held[i + 1]);
        held[i + 1] = before;
    }
    return other;
}

/* `from_operands` and `swap` for one or two operands and a finite value, in registers (24 -> 14 ns a node); else -1. */
static inline int renew_few(Node *v, double *held) {
    Node *left = v->operand[0], *right = v->operand[1];
    const double a = left != NULL ? left->data : v->number[0], b = right != NULL ? right->data : v->number[1];
    double by_a = a, by_b = b;
    const double y = kernel_of(v, a, b, &by_a, &by_b);
    if (!isfinite(y)) return -1;
    held[0] = v->data, held[1] = v->number[0];
    const int other = put(&v->data, y) | put(&v->number[0], by_a);
    if (v->count == 1) return other;
    held[2] = v->number[1];
    return put(&v->number[1], by_b) | other;
}

/* Whether the term of a gradient is to be the product that it is. */
static inline int is_product(const Node *v) {
    const double partial = v->operand[1]->data;
    return isfinite(partial) && partial != 0.0 && v->operand[0]->data != 0.0;
}

/* All computed members, oldest first, each given what it should hold, and `held` what it held. -1, and all as it was, if one raises;
   or if one would be made in another way now, which is `chosen` then, unless there is no place for it. */
static int renew_members(Node **found, size_t n, double *held, PyObject *anew, Node **chosen) {
    size_t at = 0, k = n;
    int changed = 0, changes;
    while (k--) {
        Node *v = found[k];
        if (v->code == 0) continue;
        if (v->flags & TERM && chosen != NULL && !is_product(v)) {
            *chosen = v;
            break;
        }
        if (v->count <= 2 && native(v->code) && (changes = renew_few(v, &held[at])) >= 0) {
            changed |= changes;
            at += 1 + v->count;
            continue;
        }
        const int known = has_kernel(v);
        if (known) held[at] = from_operands(v, &held[at + 1]);
        if ((!known || (!isfinite(held[at]) && !(v->flags & BY_RULE))) && ask(anew, v, &held[at], &held[at + 1]) < 0) break;
        changed |= swap(v, &held[at]);
        at += 1 + v->count;
    }
    if (!PyErr_Occurred() && (chosen == NULL || *chosen == NULL)) return changed;
    for (size_t i = n, back = 0; --i > k;) {
        if (found[i]->code == 0) continue;
        swap(found[i], &held[back]);
        back += 1 + found[i]->count;
    }
    return -1;
}

static Node *first_chosen(Node **found, size_t n, int where) {
    while (n--)
        if (found[n]->flags & CHOSEN || found[n]->code == where) return found[n];
    return NULL;
}

/* Compute a graph anew; None. Unless `freeze`, a member that holds a choice is returned instead, and nothing has changed. */
static PyObject *renew(PyObject *roots, PyObject *anew, int freeze, int where) {
    size_t n = 0, links = 0;
    Node **found = gather(roots, &n, &links), *chosen = NULL;
    double *held = found != NULL ? (double *)malloc((n + links + 1) * sizeof(double)) : NULL;
    int changed = 0;
    if (held == NULL) PyErr_NoMemory();
    else if (freeze || (chosen = first_chosen(found, n, where)) == NULL)
        changed = renew_members(found, n, held, anew, freeze ? NULL : &chosen);
    if (changed > 0)
        for (size_t i = 0; i < n; i++)
            if (found[i]->flags & REACHED) found[i]->flags = (unsigned short)((found[i]->flags & ~REACHED) | AGED);
    free(found), free(held);
    if (PyErr_Occurred()) return NULL;
    PyObject *answer = chosen != NULL ? (PyObject *)chosen : Py_None;
    return Py_INCREF(answer), answer;
}

/* Whether a computed node holds what its operands give now, nan being like nan: 1 or 0; -1 if it has no kernel. */
static int follows(PyObject *given) {
    Node *v = (Node *)given;
    if (!is_node(given)) return -1;
    double few[8], *numbers = v->count <= 8 ? few : (double *)malloc(v->count * sizeof(double));
    if (numbers == NULL || !has_kernel(v)) {
        if (numbers != few) free(numbers);
        return -1;
    }
    const double y = from_operands(v, numbers);
    int same = memcmp(&y, &v->data, sizeof y) == 0 || (isnan(y) && isnan(v->data));
    for (unsigned int i = 0; i < v->count && same; i++)
        same = memcmp(&numbers[i], &numbers_of(v)[i], sizeof(double)) == 0 || (isnan(numbers[i]) && isnan(numbers_of(v)[i]));
    if (numbers != few) free(numbers);
    return same;
}

/* Constants of a flat program: equal bits share a place. `slot` is a hash table of places, 0 where it is empty. */

typedef struct {
    double *number;
    unsigned int *slot;
    size_t count, slots;
} Constants;

static int more_slots(Constants *c) {
    const size_t wanted = c->slots ? 2 * c->slots : 64;
    double *number = (double *)realloc(c->number, wanted / 2 * sizeof(double));
    if (number != NULL) c->number = number;
    unsigned int *slot = (unsigned int *)calloc(wanted, sizeof(unsigned int));
    if (number == NULL || slot == NULL) {
        free(slot);
        return -1;
    }
    free(c->slot);
    c->slot = slot, c->slots = wanted;
    return 0;
}

static inline unsigned int *slot_of(const Constants *c, double x) {
    Word bits, other;
    memcpy(&bits, &x, sizeof bits);
    size_t at = (size_t)((bits * 0x9e3779b97f4a7c15ULL) >> 32) & (c->slots - 1); /* Fibonacci hashing */
    for (; c->slot[at]; at = (at + 1) & (c->slots - 1)) {
        memcpy(&other, &c->number[c->slot[at] - 1], sizeof other);
        if (other == bits) break;
    }
    return &c->slot[at];
}

/* The place of a number among the constants; -1: no memory. */
static Py_ssize_t place_of(Constants *c, double x) {
    if (2 * c->count >= c->slots) { /* half full at most: chains stay short */
        if (more_slots(c) < 0) return -1;
        for (size_t i = 0; i < c->count; i++) *slot_of(c, c->number[i]) = (unsigned int)i + 1;
    }
    unsigned int *slot = slot_of(c, x);
    if (*slot == 0) {
        c->number[c->count++] = x;
        *slot = (unsigned int)c->count;
    }
    return (Py_ssize_t)*slot - 1;
}

/* A graph laid flat, as `recording.lay_flat` tells of it. While it is made, what depends on an input has a mark: */

#define INSTRUCTION 0x80000000u /* and the number of the instruction; without it, one more than the place of the input */
#define TOO_MANY 0x7fffffffu

typedef struct {
    Node **found;            /* the members, newest first */
    unsigned int *marks;     /* by the place on the tape, from `base` on */
    size_t base, inputs, instructions, links;
    unsigned short *codes;
    unsigned int *starts, *operands, *results;
    Constants constants;
} Flat;

static Py_ssize_t id_of_number(Flat *f, double x) {
    const Py_ssize_t place = place_of(&f->constants, x);
    return place < 0 ? -1 : place + (Py_ssize_t)f->inputs;
}

static inline Py_ssize_t id_of_mark(unsigned int mark) { return mark & INSTRUCTION ? (Py_ssize_t)mark : (Py_ssize_t)mark - 1; }

/* The instructions, oldest first. A node that depends on no input is left out: it is a constant of those that use it. */
static int write_instructions(Flat *f, size_t n) {
    while (n--) {
        Node *v = f->found[n];
        if (f->marks[v->index - f->base]) continue; /* an input */
        Node **operands = links_of(v);
        unsigned int *ids = f->operands + f->links, depends = 0;
        for (unsigned int i = 0; i < v->count; i++) depends |= ids[i] = operands[i] ? f->marks[operands[i]->index - f->base] : 0;
        if (depends == 0) continue;
        for (unsigned int i = 0; i < v->count; i++) {
            const Py_ssize_t id = ids[i] ? id_of_mark(ids[i]) : id_of_number(f, operands[i] ? operands[i]->data : numbers_of(v)[i]);
            if (id < 0) return -1;
            ids[i] = (unsigned int)id;
        }
        f->codes[f->instructions] = v->code;
        f->starts[f->instructions] = (unsigned int)f->links;
        f->links += v->count;
        f->marks[v->index - f->base] = INSTRUCTION | (unsigned int)f->instructions++;
    }
    f->starts[f->instructions] = (unsigned int)f->links;
    return 0;
}

/* Constants stand before instructions: now that it is known how many there are, instructions get their ids. */
static void settle(const Flat *f, unsigned int *ids, size_t n) {
    const unsigned int first = (unsigned int)(f->inputs + f->constants.count);
    for (size_t i = 0; i < n; i++)
        if (ids[i] & INSTRUCTION) ids[i] = (ids[i] ^ INSTRUCTION) + first;
}

/* An empty array of Python's and what belongs into it. */
static int fill(PyObject *arrays, Py_ssize_t i, const void *start, size_t size) {
    PyObject *view = PyMemoryView_FromMemory(size ? (char *)start : "", (Py_ssize_t)size, PyBUF_READ);
    PyObject *done = view != NULL ? PyObject_CallMethod(PyTuple_GET_ITEM(arrays, i), "frombytes", "O", view) : NULL;
    Py_XDECREF(view);
    Py_XDECREF(done);
    return done != NULL ? 0 : -1;
}

static int write_results(Flat *f, PyObject *outputs) {
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(outputs); i++) {
        PyObject *y = PyList_GET_ITEM(outputs, i);
        const unsigned int m = is_node(y) ? f->marks[((Node *)y)->index - f->base] : 0;
        const Py_ssize_t id = m ? id_of_mark(m) : id_of_number(f, is_node(y) ? ((Node *)y)->data : PyFloat_AsDouble(y));
        if (id < 0) return -1;
        f->results[i] = (unsigned int)id;
    }
    return 0;
}

static size_t index_of(PyObject *list, Py_ssize_t i) { return ((Node *)PyList_GET_ITEM(list, i))->index; }

/* Whether they are lists and a tuple, where None would do for Cython, and the inputs nodes. */
static int flattens(PyObject *outputs, PyObject *inputs, PyObject *arrays) {
    if (!PyList_Check(outputs) || !PyList_Check(inputs) || !PyTuple_Check(arrays) || PyTuple_GET_SIZE(arrays) != 5) return 0;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(inputs); i++)
        if (!is_node(PyList_GET_ITEM(inputs, i))) return 0;
    return 1;
}

/* What `outputs` (nodes and floats) compute from `inputs`, into five empty arrays. 0 if a member is older than the inputs. */
static int flat_of(PyObject *outputs, PyObject *inputs, PyObject *arrays) {
    Flat f = {0};
    size_t n = 0, links = 0, newest_node = 0;
    if (!flattens(outputs, inputs, arrays)) return PyErr_BadInternalCall(), -1;
    const size_t results = (size_t)PyList_GET_SIZE(outputs);
    if ((f.found = gather(outputs, &n, &links)) == NULL) return PyErr_NoMemory(), -1;
    f.inputs = (size_t)PyList_GET_SIZE(inputs);
    f.base = f.inputs ? index_of(inputs, 0) : 0;
    for (Py_ssize_t i = 0; i < (Py_ssize_t)f.inputs; i++) {
        if (index_of(inputs, i) < f.base) f.base = index_of(inputs, i);
        if (index_of(inputs, i) > newest_node) newest_node = index_of(inputs, i);
    }
    if (n && f.found[n - 1]->index < f.base) {
        free(f.found);
        return 0;
    }
    if (n && f.found[0]->index > newest_node) newest_node = f.found[0]->index;
    f.marks = (unsigned int *)calloc(newest_node - f.base + 1, sizeof(unsigned int));
    f.codes = (unsigned short *)malloc((n + 1) * sizeof(unsigned short));
    f.starts = (unsigned int *)malloc((n + 1) * sizeof(unsigned int));
    f.operands = (unsigned int *)malloc((links + 1) * sizeof(unsigned int));
    f.results = (unsigned int *)malloc((results + 1) * sizeof(unsigned int));
    int failed = f.marks == NULL || f.codes == NULL || f.starts == NULL || f.operands == NULL || f.results == NULL;
    if (!failed && n + links + f.inputs < TOO_MANY) {
        for (Py_ssize_t i = 0; i < (Py_ssize_t)f.inputs; i++) f.marks[index_of(inputs, i) - f.base] = (unsigned int)i + 1;
        failed = write_instructions(&f, n) < 0 || write_results(&f, outputs) < 0;
    } else failed = 1;
    if (failed) PyErr_NoMemory();
    else {
        settle(&f, f.operands, f.links);
        settle(&f, f.results, results);
        failed = fill(arrays, 0, f.constants.number, f.constants.count * sizeof(double))
                 || fill(arrays, 1, f.codes, f.instructions * sizeof(unsigned short))
                 || fill(arrays, 2, f.starts, (f.instructions + 1) * sizeof(unsigned int))
                 || fill(arrays, 3, f.operands, f.links * sizeof(unsigned int))
                 || fill(arrays, 4, f.results, results * sizeof(unsigned int));
    }
    free(f.found), free(f.marks), free(f.codes), free(f.starts), free(f.operands), free(f.results);
    free(f.constants.number), free(f.constants.slot);
    return failed ? -1 : 1;
}

#include "contexts.h" /* what a context has of its own: the scopes that nodes are made in, and whether they are recorded */

/* Labels of the few nodes that have one, by the node's address: open addressing, half full at most. It is a table of our own, and
   without tombstones, because a node that dies must give its label back without a byte of new memory. */

typedef struct { Node *node; PyObject *text; } Label;
static Label *labels;
static size_t label_count, label_room;

static inline size_t home_of(const Node *v) { return (size_t)(((Word)(size_t)v * 0x9e3779b97f4a7c15ULL) >> 32) & (label_room - 1); }

/* Where the label of a node is, or belongs. */
static Label *label_at(const Node *v) {
    size_t at = home_of(v);
    while (labels[at].node != NULL && labels[at].node != v) at = (at + 1) & (label_room - 1);
    return &labels[at];
}

static int more_labels(void) {
    Label *before = labels;
    const size_t room = label_room, wanted = room ? 2 * room : 64;
    Label *more = (Label *)calloc(wanted, sizeof(Label));
    if (more == NULL) return -1;
    labels = more, label_room = wanted;
    for (size_t i = 0; i < room; i++)
        if (before[i].node != NULL) *label_at(before[i].node) = before[i];
    free(before);
    return 0;
}

/* Take a node's label away. Those after it move up, so that none is behind a gap. What the text does when it dies comes last. */
static void take_label(Node *v) {
    size_t gap = (size_t)(label_at(v) - labels);
    PyObject *text = labels[gap].text;
    for (size_t at = (gap + 1) & (label_room - 1); labels[at].node != NULL; at = (at + 1) & (label_room - 1))
        if (((at - home_of(labels[at].node)) & (label_room - 1)) >= ((at - gap) & (label_room - 1))) {
            labels[gap] = labels[at];
            gap = at;
        }
    labels[gap].node = NULL;
    label_count--;
    v->flags &= (unsigned short)~LABELLED;
    Py_DECREF(text);
}

static int give_label(Node *v, PyObject *text) {
    if (2 * label_count >= label_room && more_labels() < 0) return PyErr_NoMemory(), -1;
    Label *place = label_at(v);
    PyObject *before = place->node != NULL ? place->text : NULL;
    label_count += before == NULL;
    Py_INCREF(text);
    *place = (Label){v, text};
    v->flags |= LABELLED;
    Py_XDECREF(before);
    return 0;
}

static int set_label(PyObject *v, PyObject *text) {
    if (PyUnicode_GET_LENGTH(text)) return give_label((Node *)v, text);
    if (((Node *)v)->flags & LABELLED) take_label((Node *)v);
    return 0;
}

static PyObject *label_of(PyObject *v) {
    PyObject *text = ((Node *)v)->flags & LABELLED ? label_at((Node *)v)->text : NULL;
    return text != NULL ? (Py_INCREF(text), text) : PyUnicode_FromStringAndSize("", 0);
}

/* Memory. */

static const Cut node_cut = CUT(sizeof(Node));
static Store node_store;

/* A node of zeros that has its type and one reference. */
static inline Node *new_memory(void) {
    Node *v = (Node *)take_place(&node_store, &node_cut);
    if (v == NULL) return NULL;
    memset(v, 0, sizeof(Node));
#if defined(Py_REF_DEBUG)
    return (Node *)PyObject_Init((PyObject *)v, node_type);
#else
    Py_SET_TYPE((PyObject *)v, node_type);
    Py_SET_REFCNT((PyObject *)v, 1);
    return v;
#endif
}

/* What `Value.__new__` calls: a leaf with the number 0. */
static PyObject *allocate(PyTypeObject *type, Py_ssize_t items) {
    const State *here = state_here();
    Node *v = new_memory();
    (void)type, (void)items;
    if (v == NULL) return PyErr_NoMemory();
    v->flags = BARE;
    v->scope = here->scope;
    if (remember(v) < 0) {
        Py_DECREF((PyObject *)v);
        return PyErr_NoMemory();
    }
    return (PyObject *)v;
}

/* A leaf, or a node that is about to get its operands. */
static inline Node *node_in(const State *here, double y) {
    Node *v;
    if ((top >= capacity && make_room() < 0) || (v = new_memory()) == NULL) return PyErr_NoMemory(), NULL;
    v->data = y;
    v->scope = here->scope;
    v->index = (unsigned int)top;
    tape[top++] = v;
    return v;
}

static inline PyObject *new_leaf(double y) { return (PyObject *)node_in(state_here(), y); }

/* A number that was chosen by others, of which it says nothing. */
static PyObject *chosen_leaf(double y) {
    PyObject *v = new_leaf(y);
    if (v != NULL) ((Node *)v)->flags = CHOSEN;
    return v;
}

/* Give its number to what `Value.__new__` made; false if it has one. */
static int begin(PyObject *made, double y) {
    Node *v = (Node *)made;
    if (!(v->flags & BARE)) return 0;
    v->data = y;
    v->flags &= (unsigned short)~BARE;
    return 1;
}

/* Computed nodes: of one operand with its partial; of two, of which bit 0 and 1 of `nodes` say that they are nodes, each with its
   partial or, if it is none, its number (where nothing is recorded both are leaves); of any number of them, a list or tuple, with a
   list of the same. */

static inline PyObject *node_of_one(int code, double y, PyObject *x, double partial) {
    const State *here = state_here();
    Node *v = node_in(here, y);
    if (v == NULL || !here->records) return (PyObject *)v;
    v->code = (unsigned short)code;
    v->count = 1;
    v->number[0] = partial;
    v->operand[0] = (Node *)x;
    Py_INCREF(x);
    return (PyObject *)v;
}

static inline PyObject *node_of_two(int code, double y, PyObject *left, PyObject *right, int nodes, double by_left, double by_right) {
    const State *here = state_here();
    Node *v = node_in(here, y);
    if (v == NULL || !here->records) return (PyObject *)v;
    v->code = (unsigned short)code;
    v->count = 2;
    v->number[0] = by_left;
    v->number[1] = by_right;
    if (nodes & 1) {
        v->operand[0] = (Node *)left;
        Py_INCREF(left);
    }
    if (nodes & 2) {
        v->operand[1] = (Node *)right;
        Py_INCREF(right);
    }
    return (PyObject *)v;
}

static PyObject *node_of_many(int code, double y, PyObject *operands, PyObject *numbers) {
    const Py_ssize_t n = PyList_GET_SIZE(numbers);
    Node *v = (Node *)new_leaf(y);
    if (v == NULL) return NULL;
    v->code = (unsigned short)code;
    if (make_block(v, (unsigned int)n) < 0) PyErr_NoMemory();
    else
        for (Py_ssize_t i = 0; i < n && !PyErr_Occurred(); i++) {
            PyObject *x = PySequence_Fast_GET_ITEM(operands, i);
            numbers_of(v)[i] = PyFloat_AsDouble(PyList_GET_ITEM(numbers, i));
            if (is_node(x)) {
                Py_INCREF(x);
                links_of(v)[i] = (Node *)x;
            }
        }
    if (PyErr_Occurred()) Py_CLEAR(v);
    return (PyObject *)v;
}

/* Like `given`, without its gradient: the operands are those that `copies` has for them, by id, or the same. */
static PyObject *twin_of(PyObject *given, PyObject *copies) {
    if (!is_node(given) || copies == Py_None) return PyErr_SetString(PyExc_TypeError, "a Value has a twin, with a dict of copies"), NULL;
    Node *old = (Node *)given, *v = (Node *)new_leaf(old->data);
    if (v == NULL) return NULL;
    v->code = old->code;
    v->scope = old->scope;
    v->flags = old->flags & (CHOSEN | BY_RULE | TERM);
    if (make_block(v, old->count) < 0) PyErr_NoMemory();
    else
        for (unsigned int i = 0; i < old->count && !PyErr_Occurred(); i++) {
            numbers_of(v)[i] = numbers_of(old)[i];
            if (links_of(old)[i] == NULL) continue;
            PyObject *id = PyLong_FromVoidPtr(links_of(old)[i]);
            PyObject *copy = id != NULL ? PyDict_GetItemWithError(copies, id) : NULL;
            Py_XDECREF(id);
            if (PyErr_Occurred()) break;
            links_of(v)[i] = copy != NULL && is_node(copy) ? (Node *)copy : links_of(old)[i];
            Py_INCREF((PyObject *)links_of(v)[i]);
        }
    if (!PyErr_Occurred() && old->flags & LABELLED) give_label(v, label_at(old)->text);
    if (PyErr_Occurred()) Py_CLEAR(v);
    return (PyObject *)v;
}

/* All operands, nodes and floats. */
static PyObject *operands_of(PyObject *given) {
    Node *v = (Node *)given;
    PyObject *found = PyTuple_New(v->count);
    for (unsigned int i = 0; found != NULL && i < v->count; i++) {
        PyObject *x = (PyObject *)links_of(v)[i];
        if (x != NULL) Py_INCREF(x);
        else x = PyFloat_FromDouble(numbers_of(v)[i]);
        if (x == NULL) Py_CLEAR(found);
        else PyTuple_SET_ITEM(found, i, x);
    }
    return found;
}

/* The partials by the operands that are nodes. */
static PyObject *partials_of(PyObject *given) {
    Node *v = (Node *)given;
    Py_ssize_t n = 0;
    if (!is_node(given)) return PyErr_SetString(PyExc_TypeError, "a Value has partials"), NULL;
    for (unsigned int i = 0; i < v->count; i++) n += links_of(v)[i] != NULL;
    PyObject *found = PyTuple_New(n);
    n = 0;
    for (unsigned int i = 0; found != NULL && i < v->count; i++) {
        if (links_of(v)[i] == NULL) continue;
        PyObject *number = PyFloat_FromDouble(numbers_of(v)[i]);
        if (number == NULL) Py_CLEAR(found);
        else PyTuple_SET_ITEM(found, n++, number);
    }
    return found;
}

static Py_hash_t hash_of(PyObject *v) { return (Py_hash_t)((size_t)v >> 4); } /* as object.__hash__, which takes 120 ns to be found */

/* A new node with room for so many operands. NULL: an exception is set. */
static Node *node_with_room(const State *here, Py_ssize_t n) {
    Node *v = node_in(here, 0.0);
    if (v == NULL || make_block(v, (unsigned int)n) == 0) return v;
    Py_DECREF((PyObject *)v);
    return (Node *)PyErr_NoMemory();
}

/* A product in one go, or one around a gap, of which the first operand says where it is. `NotImplemented` if an operand is no node,
   float or int. */
static PyObject *multiplied(int code, PyObject *xs) {
    const Py_ssize_t n = PyList_GET_SIZE(xs);
    const unsigned skipped = code == OP_COFACTOR, factors = (unsigned)n - skipped;
    const State *here = state_here();
    const int recording = here->records;
    double few[FEW_FACTORS], *products = few;
    Node *v = node_with_room(here, n);
    int linked = 0;
    if (v == NULL) return NULL;
    if (!take_list(v, 0, xs, &linked)) {
        Py_DECREF((PyObject *)v);
        Py_RETURN_NOTIMPLEMENTED;
    }
    double *numbers = numbers_of(v) + skipped;
    const double y = v->data = product_of(numbers, NULL, factors, skipped ? gap_at(numbers[-1], factors) : factors);
    if (!(linked && recording)) {
        Py_DECREF((PyObject *)v);
        return linked ? new_leaf(y) : PyFloat_FromDouble(y);
    }
    if (factors > FEW_FACTORS && (products = (double *)malloc((size_t)factors * sizeof(double))) == NULL) {
        Py_DECREF((PyObject *)v);
        return PyErr_NoMemory();
    }
    cofactors_of(numbers, NULL, factors, products, 1);
    for (unsigned i = 0; i < factors; i++)
        if (links_of(v)[skipped + i] != NULL) numbers[i] = products[i];
    if (products != few) free(products);
    v->code = (unsigned short)code;
    return (PyObject *)v;
}

/* A sum or dot product in one go: of `rest`, `bias` (unless it is None) and the products of `ws` with `xs`, in this order. Value and
   partials come from the kernels of add and mul. `NotImplemented` if an operand is no node, float or int. */
static PyObject *folded(int code, PyObject *ws, PyObject *xs, PyObject *rest, PyObject *bias) {
    if (code == OP_PROD || code == OP_COFACTOR) return multiplied(code, rest);
    const Py_ssize_t pairs = PyList_GET_SIZE(ws), n = 2 * pairs + PyList_GET_SIZE(rest) + (bias != Py_None);
    const State *here = state_here();
    const int recording = here->records;
    Node *v = node_with_room(here, n);
    int linked = 0;
    if (v == NULL) return NULL;
    if (!(take_list(v, 0, ws, &linked) && take_list(v, pairs, xs, &linked) && take_list(v, 2 * pairs, rest, &linked)
          && (bias == Py_None || take_one(v, n - 1, bias, &linked)))) {
        Py_DECREF((PyObject *)v);
        Py_RETURN_NOTIMPLEMENTED;
    }
    const double y = v->data = fold(links_of(v), numbers_of(v), (size_t)pairs, (size_t)n);
    if (linked && recording) {
        v->code = (unsigned short)code;
        return (PyObject *)v;
    }
    Py_DECREF((PyObject *)v);
    return linked ? new_leaf(y) : PyFloat_FromDouble(y);
}

/* Freeing. A node whose last reference goes waits in a list, so that a long chain does not recurse. The list runs through the dying
   nodes themselves: nothing is allocated, for often it is a lack of memory that ends a graph. */

static Node *dying;
static int draining;

static inline void wait_for_burial(Node *v) {
    v->next_to_die = dying;
    dying = v;
}

static inline void drop(Node *p) {
#if !defined(Py_REF_DEBUG) /* else Python keeps accounts of every reference */
    if (Py_REFCNT((PyObject *)p) == 1) wait_for_burial(p);
    else
#endif
        Py_DECREF((PyObject *)p);
}

/* The node leaves the tape and lets go of its operands. */
static void bury(Node *v) {
    if (v->flags & LABELLED) take_label(v);
    if (v->index) {
        tape[v->index] = NULL;
        if ((size_t)v->index + 1 == top) {
            do top--;
            while (top > 1 && tape[top - 1] == NULL);
        }
    }
    if (v->count) {
        Node **operands = links_of(v);
        for (unsigned int i = 0; i < v->count; i++)
            if (operands[i] != NULL) drop(operands[i]);
        if (v->count > 2) give_back_block((void *)v->operand[0], v->count);
    }
    give_place(&node_store, &node_cut, v);
}

static void node_dies(PyObject *v) {
    wait_for_burial((Node *)v);
    if (draining) return;
    draining = 1;
    while (dying != NULL) {
        Node *next = dying;
        dying = next->next_to_die;
        bury(next);
    }
    draining = 0;
}

/* Assignments, as in `p.grad = 0` and `p.data -= step`: a number becomes the gradient at once, and what is assigned to `data` goes to
   the setter at once, without a search in the class (36 -> 12 ns and 15 -> 10). What overrides the reading of attributes too would
   save 8 ns there, but lose the interpreter's shortcuts to methods, 35 ns a call; a member of type double saves nothing, for there
   are shortcuts to members that hold objects alone. An attribute that there is not is refused in words. */

static PyObject *data_name, *grad_name;
static setter set_data;

static APART int assign_other(PyObject *v, PyObject *name, PyObject *x) {
    if (PyObject_GenericSetAttr(v, name, x) == 0) return 0;
    if (PyErr_ExceptionMatches(PyExc_AttributeError) && PyUnicode_Check(name) && _PyType_Lookup(Py_TYPE(v), name) == NULL)
        PyErr_Format(PyExc_AttributeError, "a Value has no attribute %R, and none can be added: keep what belongs to a Value "
                     "beside it, such as in a dict by the Value", name);
    return -1;
}

static int assign(PyObject *v, PyObject *name, PyObject *x) {
    double number;
    if (name == data_name) return set_data(v, x, NULL);
    if (name != grad_name || x == NULL || number_in(x, &number) != 0) return assign_other(v, name, x);
    ((Node *)v)->grad = number;
    ((Node *)v)->flags |= REACHED;
    return 0;
}

/* The slot, and what Python finds in the class by its names. */
static void assign_at_once(void) {
    static const char *const names[] = {"__setattr__", "__delattr__"};
    int (*const slot)(PyObject *, PyObject *, PyObject *) = assign;
    void *wrapped; /* a function's address as an object's, of which ISO C knows no conversion */
    memcpy(&wrapped, &slot, sizeof wrapped);
    data_name = PyUnicode_InternFromString("data"), grad_name = PyUnicode_InternFromString("grad");
    set_data = ((PyGetSetDescrObject *)PyDict_GetItem(node_type->tp_dict, data_name))->d_getset->set;
    node_type->tp_setattro = assign;
    for (int i = 0; i < 2; i++) {
        PyObject *inherited = PyObject_GetAttrString((PyObject *)&PyBaseObject_Type, names[i]);
        struct wrapperbase *name = ((PyWrapperDescrObject *)inherited)->d_base;
        PyDict_SetItemString(node_type->tp_dict, names[i], PyDescr_NewWrapper(node_type, name, wrapped));
    }
}

/* Nodes are instances of this class from now on, and their memory is kept here. A class that derives from it is refused in words
   (`__init_subclass__`), which Python asks for only where it would allow one; of one that went by all the same nothing is made. */
static PyObject *(*made_new)(PyTypeObject *, PyObject *, PyObject *);

static PyObject *new_node(PyTypeObject *type, PyObject *args, PyObject *named) {
    if (type == node_type) return made_new(type, args, named);
    PyErr_Format(PyExc_TypeError, "%s derives from Value, which has no subclasses", type->tp_name);
    return NULL;
}

static void nodes_are(PyObject *class_) {
    node_type = (PyTypeObject *)class_;
    node_type->tp_flags |= Py_TPFLAGS_BASETYPE;
    made_new = node_type->tp_new;
    node_type->tp_new = new_node;
    node_type->tp_alloc = allocate;
    node_type->tp_dealloc = node_dies;
    assign_at_once();
    Py_INCREF(class_);
}

/* Two properties that scripts written for micrograd read in loops, without a call of Python's (128 -> 16 ns and 124 -> 65). */

static PyObject *read_symbol, *read_parents; /* the properties, which say the same in Python */
static PyObject *symbols[1 << 15];           /* of each code whose symbol was asked for before */

static PyObject *ask_property(PyObject *property, const char *how, PyObject *v, PyObject *x) {
    PyObject *function = PyObject_GetAttrString(property, how);
    PyObject *answer = function == NULL ? NULL : PyObject_CallFunctionObjArgs(function, v, x, NULL);
    Py_XDECREF(function);
    return answer;
}

static PyObject *symbol_at_once(PyObject *given, void *unused) {
    const Node *v = (Node *)given;
    (void)unused;
    if (v->code == OP_POW && v->operand[1] == NULL) {
        char *exponent = PyOS_double_to_string(v->number[1], 'g', 6, 0, NULL);
        PyObject *symbol = exponent != NULL ? PyUnicode_FromFormat("**%s", exponent) : NULL;
        PyMem_Free(exponent);
        return symbol;
    }
    if (symbols[v->code] == NULL && (symbols[v->code] = ask_property(read_symbol, "fget", given, NULL)) == NULL) return NULL;
    return Py_INCREF(symbols[v->code]), symbols[v->code];
}

static PyObject *parents_at_once(PyObject *given, void *unused) {
    const Node *v = (Node *)given;
    PyObject *found = PySet_New(NULL);
    (void)unused;
    for (unsigned int i = 0; found != NULL && i < v->count; i++)
        if (links_of((Node *)given)[i] != NULL && PySet_Add(found, (PyObject *)links_of((Node *)given)[i]) < 0) Py_CLEAR(found);
    return found;
}

/* The property refuses in words. */
static int write_as(PyObject *v, PyObject *x, void *property) {
    PyObject *answer = ask_property(*(PyObject **)property, "fset", v, x != NULL ? x : Py_None);
    Py_XDECREF(answer);
    return answer == NULL ? -1 : 0;
}

static PyGetSetDef fast_symbol = {"_op", symbol_at_once, write_as, NULL, &read_symbol};
static PyGetSetDef fast_parents = {"_prev", parents_at_once, write_as, NULL, &read_parents};

/* What stands in the class for an attribute: one of these for its property, all else as it is. A new reference. */
static PyObject *in_class(PyObject *name, PyObject *attribute) {
    PyGetSetDef *const fast[] = {&fast_symbol, &fast_parents};
    for (int i = 0; i < 2 && PyObject_TypeCheck(attribute, &PyProperty_Type); i++) {
        if (PyUnicode_CompareWithASCIIString(name, fast[i]->name) != 0) continue;
        PyObject *doc = PyObject_GetAttrString(attribute, "__doc__");
        if (doc == NULL || (fast[i]->doc = PyUnicode_AsUTF8(doc)) == NULL) return NULL;
        Py_XSETREF(*(PyObject **)fast[i]->closure, Py_NewRef(attribute));
        return PyDescr_NewGetSet(node_type, fast[i]); /* it keeps the text, and so `doc` stays */
    }
    return Py_NewRef(attribute);
}

/* A method of the compiled class is made as the table is read: its dictionary is ours to write. */
static int set_in_class(PyObject *class_, PyObject *name, PyObject *function) {
    PyTypeObject *type = (PyTypeObject *)class_;
    PyObject *attribute = function == Py_None ? NULL : in_class(name, function);
    if (function != Py_None && attribute == NULL) return -1;
    int failed = function == Py_None ? PyDict_DelItem(type->tp_dict, name) : PyDict_SetItem(type->tp_dict, name, attribute);
    Py_XDECREF(attribute);
    PyType_Modified(type);
    return failed;
}
