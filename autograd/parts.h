/* parts.py once more, in C: a part of a graph as arrays, and nodes from arrays. Included behind node.h.

   Places are found by the order of creation, which the tape keeps when it is renumbered: but from where places are noted till all
   have been looked up nothing is called that could run Python, for it might make nodes. */

/* The members of a graph that `known`, a dict by id, has not, and those that it has and others are computed from: the walk ends there.
   Two lists, oldest first. */

typedef struct { Node **node; size_t count, room; } Found;

static int found(Found *f, Node *v) {
    if (f->count == f->room) {
        const size_t wanted = f->room ? 2 * f->room : 64;
        Node **more = (Node **)realloc(f->node, wanted * sizeof(Node *));
        if (more == NULL) return -1;
        f->node = more, f->room = wanted;
    }
    f->node[f->count++] = v;
    return 0;
}

/* Whether a dict has a node's address for a key, which is an int, as all its keys are; -1: no memory. */
static int has(PyObject *known, Node *v) {
    PyObject *id = PyLong_FromVoidPtr(v);
    const int there = id != NULL ? PyDict_Contains(known, id) : -1;
    Py_XDECREF(id);
    return there;
}

static PyObject *list_back(const Found *f) {
    PyObject *list = PyList_New((Py_ssize_t)f->count);
    for (size_t i = 0; list != NULL && i < f->count; i++) {
        PyObject *v = (PyObject *)f->node[f->count - 1 - i];
        Py_INCREF(v);
        PyList_SET_ITEM(list, (Py_ssize_t)i, v);
    }
    return list;
}

static int walk_to_known(Node *root, PyObject *known, Found *inputs, Found *nodes) {
    const int any_known = PyDict_GET_SIZE(known) > 0;
    Walk walk = {0, root->index >> 6, 0};
    mark(&walk, root->index);
    for (Node *v; (v = newest(&walk)) != NULL;) {
        const int stop = any_known && v != root ? has(known, v) : 0;
        if (stop < 0 || found(stop ? inputs : nodes, v) < 0) return give_up(walk);
        for (unsigned int i = 0; !stop && i < v->count; i++)
            if (links_of(v)[i] != NULL) mark(&walk, links_of(v)[i]->index);
    }
    return 0;
}

/* Each of these functions can be called from Python with anything. */

static int are_nodes(PyObject *list) {
    if (!PyList_CheckExact(list)) return 0;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++)
        if (!is_node(PyList_GET_ITEM(list, i))) return 0;
    return 1;
}

static int are_numbers(PyObject *list) {
    if (!PyList_CheckExact(list)) return 0;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++)
        if (!PyLong_CheckExact(PyList_GET_ITEM(list, i))) return 0;
    return 1;
}

static PyObject *no_part(void) {
    PyErr_SetString(PyExc_TypeError, "a part of a graph is made of lists of Values");
    return NULL;
}

static PyObject *part_of(PyObject *root, PyObject *known) {
    Found inputs = {0}, nodes = {0};
    if (!is_node(root) || !PyDict_CheckExact(known)) return no_part();
    PyObject *result = NULL, *first = NULL, *second = NULL;
    if (walk_to_known((Node *)root, known, &inputs, &nodes) < 0) PyErr_NoMemory();
    else if ((first = list_back(&inputs)) != NULL && (second = list_back(&nodes)) != NULL) result = PyTuple_Pack(2, first, second);
    Py_XDECREF(first);
    Py_XDECREF(second);
    free(inputs.node);
    free(nodes.node);
    return result;
}

/* Where the members of two lists, each oldest first, are in the one followed by the other. Notes, one for each place on the tape that
   they span, spare a search; where they are few among many strangers there are none. */

typedef struct {
    PyObject *inputs, *nodes;
    unsigned int *notes;
    size_t first, span;
} Places;

#define MEMBER(list, i) ((Node *)PyList_GET_ITEM(list, i))

static void note_places(Places *p, size_t count) {
    size_t first = 0xffffffff, last = 0;
    unsigned int place = 0;
    for (int k = 0; k < 2; k++)
        for (Py_ssize_t i = 0, n = PyList_GET_SIZE(k ? p->nodes : p->inputs); i < n; i++) {
            const size_t index = MEMBER(k ? p->nodes : p->inputs, i)->index;
            if (index < first) first = index;
            if (index > last) last = index;
        }
    p->first = first, p->span = last - first + 1, p->notes = NULL;
    if (count < 64 || p->span > 32 * count) return;
    if ((p->notes = (unsigned int *)calloc(p->span, sizeof(unsigned int))) == NULL) return;
    for (int k = 0; k < 2; k++)
        for (Py_ssize_t i = 0, n = PyList_GET_SIZE(k ? p->nodes : p->inputs); i < n; i++)
            p->notes[MEMBER(k ? p->nodes : p->inputs, i)->index - first] = ++place;
}

/* -1 if it is not among them. */
static Py_ssize_t searched(PyObject *list, const Node *v) {
    Py_ssize_t low = 0, high = PyList_GET_SIZE(list);
    while (low < high) {
        const Py_ssize_t middle = (low + high) / 2;
        if (MEMBER(list, middle)->index < v->index) low = middle + 1;
        else high = middle;
    }
    return low < PyList_GET_SIZE(list) && MEMBER(list, low) == v ? low : -1;
}

static inline int place_among(const Places *p, const Node *v) {
    if (p->notes != NULL) return v->index - p->first < p->span ? (int)p->notes[v->index - p->first] - 1 : -1;
    const Py_ssize_t place = searched(p->nodes, v);
    return (int)(place < 0 ? searched(p->inputs, v) : place + PyList_GET_SIZE(p->inputs));
}

/* The columns: see parts.py. The first is a list of codes, the last a dict of labels, the others are bytes. */

enum { CODES, KINDS, COUNTS, OPERANDS, NUMBERS, DATA, GRADS, FLAGS, LABELS, COLUMNS };
static const size_t WIDTH[COLUMNS] = {0, 2, 4, 4, 8, 8, 8, 1, 0};
static const int BY_OPERAND[COLUMNS] = {0, 0, 0, 1, 1, 0, 0, 0, 0};

enum { KEPT_FLAGS = 0xff & ~(LABELLED | BARE) };

static unsigned short kind_of_code[1 << 16]; /* while a part is laid out; all 0 between */

static int lay_out(const Places *p, char **column, unsigned short *codes, int *kinds) {
    const Py_ssize_t n = PyList_GET_SIZE(p->nodes);
    for (Py_ssize_t i = 0; i < n; i++) {
        Node *v = MEMBER(p->nodes, i);
        if (v->code && kind_of_code[v->code] == 0) {
            codes[*kinds] = v->code;
            kind_of_code[v->code] = (unsigned short)++*kinds;
        }
        ((unsigned short *)column[KINDS])[i] = kind_of_code[v->code];
        ((unsigned int *)column[COUNTS])[i] = v->count;
        ((double *)column[DATA])[i] = v->data;
        ((double *)column[GRADS])[i] = v->grad;
        ((unsigned char *)column[FLAGS])[i] = (unsigned char)(v->flags & KEPT_FLAGS);
        Node **links = links_of(v);
        for (unsigned int k = 0; k < v->count; k++) {
            const int place = links[k] != NULL ? place_among(p, links[k]) : -1;
            if (links[k] != NULL && place < 0) return -1;
            *(int *)column[OPERANDS] = place;
            column[OPERANDS] += sizeof(int);
        }
        memcpy(column[NUMBERS], numbers_of(v), v->count * sizeof(double));
        column[NUMBERS] += v->count * sizeof(double);
    }
    return 0;
}

static PyObject *list_of_codes(const unsigned short *codes, int kinds) {
    PyObject *list = PyList_New(kinds);
    for (int k = 0; list != NULL && k < kinds; k++) {
        PyObject *code = PyLong_FromLong(codes[k]);
        if (code == NULL) Py_CLEAR(list);
        else PyList_SET_ITEM(list, k, code);
    }
    return list;
}

/* The labels of those that have one, by their places in a list. */
static PyObject *dict_of_labels(PyObject *nodes) {
    PyObject *dict = PyDict_New();
    for (Py_ssize_t i = 0; dict != NULL && i < PyList_GET_SIZE(nodes); i++) {
        Node *v = MEMBER(nodes, i);
        if (!(v->flags & LABELLED)) continue;
        PyObject *place = PyLong_FromSsize_t(i), *text = label_of((PyObject *)v);
        if (place == NULL || text == NULL || PyDict_SetItem(dict, place, text) < 0) Py_CLEAR(dict);
        Py_XDECREF(place);
        Py_XDECREF(text);
    }
    return dict;
}

static PyObject *columns_of(PyObject *inputs, PyObject *nodes) {
    if (!are_nodes(inputs) || !are_nodes(nodes)) return no_part();
    const Py_ssize_t n = PyList_GET_SIZE(nodes);
    const size_t members = (size_t)(n + PyList_GET_SIZE(inputs));
    size_t operands = 0;
    int kinds = 0;
    char *column[COLUMNS];
    PyObject *columns = PyTuple_New(COLUMNS);
    unsigned short *codes = (unsigned short *)malloc(((n < 0xffff ? (size_t)n : 0xffff) + 1) * sizeof(unsigned short));
    Places places = {inputs, nodes, NULL, 0, 0};
    for (Py_ssize_t i = 0; i < n; i++) operands += MEMBER(nodes, i)->count;
    int failed = columns == NULL || codes == NULL || members > 0x7ffffffe;
    for (int c = KINDS; !failed && c < LABELS; c++) {
        PyObject *bytes = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(WIDTH[c] * (BY_OPERAND[c] ? operands : (size_t)n)));
        if (bytes == NULL) failed = 1;
        else {
            PyTuple_SET_ITEM(columns, c, bytes);
            column[c] = PyBytes_AS_STRING(bytes);
        }
    }
    if (!failed) {
        note_places(&places, members);
        failed = lay_out(&places, column, codes, &kinds) < 0;
        free(places.notes);
        for (int k = 0; k < kinds; k++) kind_of_code[codes[k]] = 0;
    }
    if (!failed && n == 1) { /* Python's own object of one byte, as in any bytes of Python: pickles are the same to the byte */
        PyObject *flags = PyTuple_GET_ITEM(columns, FLAGS), *own = PyBytes_FromStringAndSize(PyBytes_AS_STRING(flags), 1);
        failed = own == NULL;
        PyTuple_SET_ITEM(columns, FLAGS, own);
        Py_DECREF(flags);
    }
    PyObject *first = failed ? NULL : list_of_codes(codes, kinds), *last = first != NULL ? dict_of_labels(nodes) : NULL;
    free(codes);
    if (columns != NULL) {
        PyTuple_SET_ITEM(columns, CODES, first);
        PyTuple_SET_ITEM(columns, LABELS, last);
    }
    if (last != NULL) return columns;
    Py_XDECREF(columns);
    return PyErr_Occurred() ? NULL : PyErr_NoMemory();
}

/* Nodes from such columns; `arities` has for each code the number of its operands, or -1. `ValueError` for columns that make no graph. */

typedef struct {
    const char *column[COLUMNS];
    PyObject *inputs, *codes, *arities, *nodes;
    size_t operands, at; /* how many there are, and how many have been taken */
} Source;

static int damaged(void) {
    PyErr_SetString(PyExc_ValueError, "this pickle is damaged: its columns do not make a graph");
    return -1;
}

static int open_columns(Source *s, PyObject *columns, Py_ssize_t n) {
    for (int c = KINDS; c < LABELS; c++) {
        PyObject *bytes = PyTuple_GET_ITEM(columns, c);
        if (!PyBytes_Check(bytes)) return damaged();
        const size_t size = (size_t)PyBytes_GET_SIZE(bytes);
        if (c == OPERANDS) s->operands = size / WIDTH[c];
        if (size != WIDTH[c] * (BY_OPERAND[c] ? s->operands : (size_t)n)) return damaged();
        s->column[c] = PyBytes_AS_STRING(bytes);
    }
    return 0;
}

/* The operands of a node that has been made. */
static int take_operands(Source *s, Node *v, Py_ssize_t i) {
    const Py_ssize_t inputs = PyList_GET_SIZE(s->inputs);
    if (v->count) memcpy(numbers_of(v), s->column[NUMBERS] + 8 * s->at, v->count * sizeof(double));
    for (unsigned int k = 0; k < v->count; k++) {
        int place;
        memcpy(&place, s->column[OPERANDS] + 4 * s->at++, sizeof place);
        if (place == -1) continue;
        if (place < 0 || place >= inputs + i) return damaged();
        Node *x = place < inputs ? MEMBER(s->inputs, place) : MEMBER(s->nodes, place - inputs);
        Py_INCREF((PyObject *)x);
        links_of(v)[k] = x;
    }
    return 0;
}

static int take_node(Source *s, Node *v, Py_ssize_t i) {
    unsigned short kind;
    unsigned int count;
    memcpy(&kind, s->column[KINDS] + 2 * i, sizeof kind);
    memcpy(&count, s->column[COUNTS] + 4 * i, sizeof count);
    memcpy(&v->grad, s->column[GRADS] + 8 * i, sizeof v->grad);
    v->flags |= (unsigned char)s->column[FLAGS][i] & KEPT_FLAGS;
    v->scope = NO_SCOPE;
    if (kind > PyList_GET_SIZE(s->codes) || count > s->operands - s->at) return damaged();
    const long arity = kind ? PyLong_AsLong(PyList_GET_ITEM(s->arities, kind - 1)) : 0;
    if (arity >= 0 && (long)count != arity) return damaged();
    if (kind == 0) return 0;
    v->code = (unsigned short)PyLong_AsLong(PyList_GET_ITEM(s->codes, kind - 1));
    return make_block(v, count) < 0 ? (PyErr_NoMemory(), -1) : take_operands(s, v, i);
}

static int take_labels(PyObject *labels, PyObject *nodes) {
    PyObject *place, *text;
    Py_ssize_t at = 0;
    if (!PyDict_CheckExact(labels)) return damaged();
    while (PyDict_Next(labels, &at, &place, &text)) {
        const Py_ssize_t i = PyLong_CheckExact(place) ? PyLong_AsSsize_t(place) : -1;
        if (i < 0 || i >= PyList_GET_SIZE(nodes) || !PyUnicode_Check(text)) return damaged();
        if (set_label(PyList_GET_ITEM(nodes, i), text) < 0) return -1;
    }
    return 0;
}

static int make_nodes(Source *s, Py_ssize_t n) {
    for (Py_ssize_t i = 0; i < n; i++) {
        double y;
        memcpy(&y, s->column[DATA] + 8 * i, sizeof y);
        Node *v = (Node *)new_leaf(y);
        if (v == NULL) return -1;
        PyList_SET_ITEM(s->nodes, i, (PyObject *)v);
        if (take_node(s, v, i) < 0) return -1;
    }
    return s->at == s->operands ? 0 : damaged();
}

static PyObject *nodes_from(PyObject *inputs, PyObject *columns, PyObject *arities) {
    Source s = {{0}, inputs, NULL, arities, NULL, 0, 0};
    if (!are_nodes(inputs) || !PyTuple_CheckExact(columns) || !are_numbers(arities)) return no_part();
    if (PyTuple_GET_SIZE(columns) != COLUMNS || !PyBytes_Check(PyTuple_GET_ITEM(columns, KINDS))) return damaged(), NULL;
    const Py_ssize_t n = PyBytes_GET_SIZE(PyTuple_GET_ITEM(columns, KINDS)) / (Py_ssize_t)WIDTH[KINDS];
    s.codes = PyTuple_GET_ITEM(columns, CODES);
    if (!are_numbers(s.codes) || PyList_GET_SIZE(s.codes) != PyList_GET_SIZE(arities)) return damaged(), NULL;
    if (open_columns(&s, columns, n) < 0 || (s.nodes = PyList_New(n)) == NULL) return NULL;
    if (make_nodes(&s, n) < 0 || take_labels(PyTuple_GET_ITEM(columns, LABELS), s.nodes) < 0) Py_CLEAR(s.nodes);
    return s.nodes;
}

/* What copies have of their originals besides: the scope. In `memo`, by the id of the original, each that is a leaf. */
static int resemble(PyObject *copies, PyObject *originals, PyObject *memo) {
    if (!are_nodes(copies) || !are_nodes(originals) || PyList_GET_SIZE(copies) != PyList_GET_SIZE(originals)) return no_part(), -1;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(copies); i++) {
        Node *v = MEMBER(copies, i), *original = MEMBER(originals, i);
        v->scope = original->scope;
        if (v->code) continue;
        PyObject *id = PyLong_FromVoidPtr(original);
        const int failed = id == NULL || PyObject_SetItem(memo, id, (PyObject *)v) < 0;
        Py_XDECREF(id);
        if (failed) return -1;
    }
    return 0;
}

/* The numbers and gradients of leaves, for optimisers. False, and nothing is done, if one is no leaf, or arrays of as many doubles are
   not what is given. */

static int all_leaves(PyObject *list) {
    if (!are_nodes(list)) return 0;
    int codes = 0;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++) codes |= MEMBER(list, i)->code;
    return codes == 0;
}

static int doubles_of(PyObject *array, Py_ssize_t n, int flags, Py_buffer *view) {
    if (PyObject_GetBuffer(array, view, PyBUF_FORMAT | PyBUF_C_CONTIGUOUS | flags) < 0) return PyErr_Clear(), 0;
    const int right = view->len == n * (Py_ssize_t)sizeof(double) && view->format != NULL && strcmp(view->format, "d") == 0;
    if (!right) PyBuffer_Release(view);
    return right;
}

static PyObject *new_leaves(PyObject *numbers) {
    Py_buffer view;
    const Py_ssize_t n = PyObject_Length(numbers);
    if (n < 0) return NULL;
    if (!doubles_of(numbers, n, 0, &view)) return PyErr_SetString(PyExc_TypeError, "leaves are made of an array of doubles"), NULL;
    PyObject *leaves = PyList_New(n);
    for (Py_ssize_t i = 0; leaves != NULL && i < n; i++) {
        PyObject *v = new_leaf(((const double *)view.buf)[i]);
        if (v != NULL) PyList_SET_ITEM(leaves, i, v);
        else Py_CLEAR(leaves);
    }
    PyBuffer_Release(&view);
    return leaves;
}

static int read_leaves(PyObject *leaves, PyObject *data, PyObject *grad) {
    Py_buffer numbers, gradients;
    if (!all_leaves(leaves) || !doubles_of(data, PyList_GET_SIZE(leaves), PyBUF_WRITABLE, &numbers)) return 0;
    const int right = doubles_of(grad, PyList_GET_SIZE(leaves), PyBUF_WRITABLE, &gradients);
    for (Py_ssize_t i = 0; right && i < PyList_GET_SIZE(leaves); i++) {
        ((double *)numbers.buf)[i] = MEMBER(leaves, i)->data;
        ((double *)gradients.buf)[i] = MEMBER(leaves, i)->grad;
    }
    PyBuffer_Release(&numbers);
    if (right) PyBuffer_Release(&gradients);
    return right;
}

static int write_leaves(PyObject *leaves, PyObject *data) {
    Py_buffer numbers;
    if (!all_leaves(leaves) || !doubles_of(data, PyList_GET_SIZE(leaves), 0, &numbers)) return 0;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(leaves); i++) MEMBER(leaves, i)->data = ((const double *)numbers.buf)[i];
    PyBuffer_Release(&numbers);
    return 1;
}

static int clear_gradients(PyObject *nodes) {
    if (!are_nodes(nodes)) return 0;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(nodes); i++) {
        MEMBER(nodes, i)->grad = 0.0;
        MEMBER(nodes, i)->flags |= REACHED;
    }
    return 1;
}

static int in_scopes(PyObject *nodes) {
    if (!are_nodes(nodes)) return 0;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(nodes); i++)
        if (MEMBER(nodes, i)->scope != NO_SCOPE) return 1;
    return 0;
}
