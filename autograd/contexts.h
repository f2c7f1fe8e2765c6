/* contexts.py once more, in C: what a context of `contextvars` has of its own, the mode that it is in and the scopes that it entered.

   A context variable holds a `State`. A task inherits it as it is when the task is made, and tasks copy contexts without a word: so
   a state is changed in place only where the current context alone can come to it, and is copied before where another can. To ask
   costs 3 ns, again in the same context 1, to set the variable 80; and an exit, which mostly changes in place, asks for no memory. */

#if PY_VERSION_HEX >= 0x030d0000
#define THREAD_HERE PyThreadState_GetUnchecked()
#else
#define THREAD_HERE _PyThreadState_UncheckedGet()
#endif

typedef struct {
    PyObject *name;     /* NULL: the number is free */
    unsigned int outer; /* the scope around it; of a free number the next free one */
    unsigned int held;  /* by how many states that have entered it */
} Scope;

enum { NO_SCOPE = 0 };
static Scope *scopes; /* a tree of calls. A node keeps the number of the one that it was made in; numbers without one are used again */
static unsigned int scope_room, free_scope, opened_lately; /* opened_lately: since `give_back_scopes` */

/* Free the numbers that no node and no state has. */
static void give_back_scopes(void) {
    unsigned char *kept = (unsigned char *)calloc(scope_room, 1);
    if (kept == NULL) return; /* the table grows instead */
    for (size_t i = 1; i < top; i++)
        if (tape[i] != NULL && !kept[tape[i]->scope])
            for (unsigned int s = tape[i]->scope; s && !kept[s]; s = scopes[s].outer) kept[s] = 1;
    for (unsigned int i = 1; i < scope_room; i++)
        if (scopes[i].name != NULL && scopes[i].held)
            for (unsigned int s = i; s && !kept[s]; s = scopes[s].outer) kept[s] = 1;
    for (unsigned int s = 1; s < scope_room; s++) {
        if (scopes[s].name == NULL || kept[s]) continue;
        Py_CLEAR(scopes[s].name);
        scopes[s].outer = free_scope;
        free_scope = s;
    }
    free(kept);
    opened_lately = 0;
}

/* A walk over the tape pays when it is shared by many scopes: till then the table grows, to a small part of the tape's size. */
static int more_scopes(void) {
    if (scope_room && opened_lately >= scope_room / 2 && opened_lately >= top / 16) {
        give_back_scopes();
        if (free_scope) return 0;
    }
    if (scope_room > 0x7fffffff) return -1;
    const unsigned int wanted = scope_room ? 2 * scope_room : 1024;
    Scope *more = (Scope *)realloc(scopes, wanted * sizeof(Scope));
    if (more == NULL) return -1;
    for (unsigned int s = wanted; s-- > (scope_room ? scope_room : 1);) {
        more[s].name = NULL, more[s].held = 0, more[s].outer = free_scope;
        free_scope = s;
    }
    scopes = more, scope_room = wanted;
    return 0;
}

/* A new scope inside `outer`, held once. 0: no memory. */
static unsigned int open_scope(unsigned int outer, PyObject *name) {
    if (free_scope == 0 && more_scopes() < 0) return PyErr_NoMemory(), 0;
    const unsigned int s = free_scope;
    free_scope = scopes[s].outer;
    Py_INCREF(name);
    scopes[s].name = name, scopes[s].outer = outer, scopes[s].held = 1;
    opened_lately++;
    return s;
}

static inline void close_scope(unsigned int s) { scopes[s].held--; }

static int is_scope(unsigned int s) {
    if (s < scope_room && scopes[s].name != NULL) return 1;
    PyErr_Format(PyExc_ValueError, "%u is the number of no scope", s);
    return 0;
}

static unsigned int outer_of(unsigned int s) { return is_scope(s) ? scopes[s].outer : 0; }
static PyObject *name_of(unsigned int s) { return is_scope(s) ? (Py_INCREF(scopes[s].name), scopes[s].name) : NULL; }

/* States. */

enum { LONGEST = 10 }; /* a road: a variable's hash has 32 bits, 5 for a level of the table, and twice that is never seen */

typedef struct {
    PyObject_HEAD
    PyObject *mode; /* NULL: none was entered */
    int records;    /* whether in this mode results remember how they were made */
    unsigned int scope, *entered, depth, room; /* the innermost scope, and all of them, the innermost last */
    PyObject *table, *road[LONGEST]; /* a weak reference to the context's table of values, and what leads from there to the state */
    int steps;
} State;

static size_t lively; /* so many scopes, and modes in which nothing is recorded, are entered in any context that lives */
static PyObject *variable;

static void state_dies(PyObject *given) {
    State *state = (State *)given;
    for (unsigned int i = 0; i < state->depth; i++) close_scope(state->entered[i]);
    lively -= state->depth;
    free(state->entered);
    Py_XDECREF(state->mode);
    Py_XDECREF(state->table);
    PyObject_Free(state);
}

static PyTypeObject state_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "autograd.value.State", .tp_basicsize = sizeof(State), .tp_dealloc = state_dies, .tp_flags = Py_TPFLAGS_DEFAULT,
};
static State nowhere = {PyObject_HEAD_INIT(&state_type) .records = 1}; /* of who has entered nothing: shared, never changed */

/* What Python keeps of a variable, after the head of the object: what was found last, in which thread, and after how many changes of
   its context. To look there (1 ns) is not to ask (3); whether this is so is seen when the variable is made. */
typedef struct {
    PyObject_HEAD
    PyObject *name, *standard, *found;
    uint64_t thread, change;
    Py_hash_t hash;
} Variable;
static Variable *seen_through; /* the variable, if so it is */

static inline PyObject *found_last(void) {
    const PyThreadState *thread = THREAD_HERE;
    const Variable *v = seen_through;
    return v != NULL && v->thread == thread->id && v->change == thread->context_ver ? v->found : NULL;
}

/* Set the variable. -1: no memory. */
static int set_variable(State *state) {
    PyObject *token = PyContextVar_Set(variable, (PyObject *)state);
    Py_XDECREF(token);
    return token != NULL ? 0 : -1;
}

/* Whoever looks for the first time gets a value: what is missing is looked for anew each time (9 ns, not 3). */
static APART State *first_look(void) {
    if (set_variable(&nowhere) < 0) PyErr_Clear();
    return &nowhere;
}

static APART PyObject *asked_for(void) {
    PyObject *found = NULL;
    if (PyContextVar_Get(variable, NULL, &found) < 0) PyErr_Clear();
    if (found == NULL) return (PyObject *)first_look();
    Py_DECREF(found);
    return found;
}

static inline State *state_found(void) {
    PyObject *found = found_last();
    if (found == NULL) found = asked_for();
    return Py_TYPE(found) == &state_type ? (State *)found : &nowhere;
}

static APART State *state_apart(void) { return state_found(); } /* not among what makes a node */
static inline State *state_here(void) { return lively ? state_apart() : &nowhere; }

/* The road to a state. Python's table of a context's variables is a tree that contexts share, as much of it as they have in common;
   so nobody else comes to the state if each step of the road, and the state itself, is held once. */

typedef struct { State *wanted; PyObject *road[LONGEST]; int steps; } Search;

static int visit(PyObject *x, void *given) {
    Search *search = (Search *)given;
    if (x == (PyObject *)search->wanted) return 1;
    if (strncmp(Py_TYPE(x)->tp_name, "hamt", 4) != 0 || Py_TYPE(x)->tp_traverse == NULL) return 0;
    if (Py_TYPE(x)->tp_traverse(x, visit, search) == 0 || search->steps == LONGEST) return 0;
    search->road[search->steps++] = x;
    return 1;
}

/* Whether the table that the road begins at is still there. */
static inline int stands(State *state) {
    if (state->table == NULL) return 0;
#if PY_VERSION_HEX >= 0x030d0000
    PyObject *table;
    if (PyWeakref_GetRef(state->table, &table) <= 0) return 0;
    Py_DECREF(table);
    return 1;
#else
    return PyWeakref_GET_OBJECT(state->table) != Py_None;
#endif
}

static inline int held_once(PyObject *const *road, int steps) {
    for (int i = 0; i < steps; i++)
        if (Py_REFCNT(road[i]) != 1) return 0;
    return 1;
}

/* The road is looked for: 12 to 200 ns, by how many variables there are. `keep` it for the next time. */
static APART int found_alone(State *state, int keep) {
    Search search = {state, {NULL}, 0};
    PyObject *context = PyThreadState_Get()->context;
    if (context == NULL || !Py_TYPE(context)->tp_traverse(context, visit, &search) || search.steps == 0) return 0;
    if (keep) {
        Py_XDECREF(state->table);
        state->table = PyWeakref_NewRef(search.road[search.steps - 1], NULL);
        if (state->table == NULL) PyErr_Clear();
        memcpy(state->road, search.road, sizeof(search.road));
        state->steps = search.steps;
    }
    return held_once(search.road, search.steps);
}

static inline int alone(State *state, int keep) {
    if (Py_REFCNT((PyObject *)state) != 1) return 0;
    return stands(state) ? held_once(state->road, state->steps) : found_alone(state, keep);
}

/* Another state like it, for this context. NULL: no memory, and nothing has changed. */
static APART State *copy_of(State *state) {
    State *copy = PyObject_New(State, &state_type);
    if (copy == NULL) return NULL;
    memset((char *)copy + sizeof(PyObject), 0, sizeof(State) - sizeof(PyObject));
    Py_XINCREF(state->mode);
    copy->mode = state->mode, copy->records = state->records, copy->scope = state->scope;
    if (state->depth) {
        copy->entered = (unsigned int *)malloc(state->depth * sizeof(unsigned int));
        if (copy->entered == NULL) return Py_DECREF((PyObject *)copy), PyErr_NoMemory(), NULL;
        memcpy(copy->entered, state->entered, state->depth * sizeof(unsigned int));
        copy->depth = copy->room = state->depth;
        for (unsigned int i = 0; i < copy->depth; i++) scopes[copy->entered[i]].held++;
        lively += copy->depth;
    }
    const int failed = set_variable(copy);
    Py_DECREF((PyObject *)copy); /* the context holds it */
    return failed ? NULL : copy;
}

static APART int make_variable(void) {
    if (PyType_Ready(&state_type) < 0) return -1;
    variable = PyContextVar_New("chainrule", NULL);
    if (variable == NULL) return -1;
    if (Py_TYPE(variable)->tp_basicsize != sizeof(Variable) || set_variable(&nowhere) < 0) return PyErr_Clear(), 0;
    seen_through = (Variable *)variable;
    if (found_last() != (PyObject *)&nowhere) seen_through = NULL;
    return 0;
}

/* The state of this context, to be changed by who enters something. NULL: no memory. */
static inline State *state_to_enter(void) {
    if (variable == NULL && make_variable() < 0) return NULL;
    State *state = state_found();
    return alone(state, 1) ? state : copy_of(state);
}

/* The same for who leaves something, which must not fail: without memory for a copy others leave it too. */
static APART State *copy_to_leave(State *state) {
    State *copy = copy_of(state);
    if (copy == NULL) PyErr_Clear();
    return copy != NULL ? copy : state_found();
}

static inline State *state_to_leave(void) {
    State *state = state_found();
    return alone(state, 0) ? state : copy_to_leave(state);
}

/* Modes. What they are is in value.py. */

static PyObject *mode_here(void) {
    PyObject *mode = variable != NULL ? state_found()->mode : NULL;
    if (mode == NULL) mode = Py_None;
    Py_INCREF(mode);
    return mode;
}

static int records(void) { return state_here()->records; }
static void count_unrecorded(int n) { lively += (size_t)n; }

static void set_mode(State *state, PyObject *mode, int recording) {
    PyObject *before = state->mode;
    Py_INCREF(mode);
    state->mode = mode, state->records = recording;
    Py_XDECREF(before);
}

static int go_into(PyObject *mode, int recording) {
    State *state = state_to_enter();
    if (state == NULL) return -1;
    set_mode(state, mode, recording);
    return 0;
}

static void go_back(PyObject *mode, int recording) { set_mode(state_to_leave(), mode, recording); }

/* Scopes, entered and left. */

static int enter_scope(PyObject *name) {
    State *state = state_to_enter();
    if (state == NULL) return -1;
    if (state->depth == state->room) {
        const unsigned int wanted = state->room ? 2 * state->room : 8;
        unsigned int *more = (unsigned int *)realloc(state->entered, wanted * sizeof(unsigned int));
        if (more == NULL) return PyErr_NoMemory(), -1;
        state->entered = more, state->room = wanted;
    }
    const unsigned int s = open_scope(state->scope, name);
    if (s == 0) return -1;
    state->entered[state->depth++] = state->scope = s;
    lively++;
    return 0;
}

/* Leave the innermost scope of this name; what was entered inside it and is not left goes on. */
static void leave_scope(PyObject *name) {
    State *state = variable != NULL ? state_to_leave() : &nowhere;
    unsigned int i = state->depth;
    while (i && scopes[state->entered[i - 1]].name != name) i--;
    if (i == 0) return;
    close_scope(state->entered[i - 1]);
    state->depth--;
    for (; i <= state->depth; i++) state->entered[i - 1] = state->entered[i];
    state->scope = state->depth ? state->entered[state->depth - 1] : NO_SCOPE;
    lively--;
}
