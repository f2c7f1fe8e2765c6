/* A floor to compare with: the least that reverse mode from Python can cost with one object a number.

   The object holds its number and its place on the tape; the tape holds for each place two operands and two partials.
   Nothing is checked: the operands are numbers of this tape, or Python floats; no errors, labels or kinks.
   The tape grows by doubling, and memory that it has had is kept. */

#include <Python.h>
#include <math.h>
#include <structmember.h>

typedef struct { unsigned int a, b; double da, db; } Entry;
typedef struct { PyObject_HEAD double data; unsigned int place; } Number;

static PyTypeObject NumberType;
static Entry *tape;
static double *adjoint;
static unsigned int top = 1, capacity, swept; /* place 0 takes what constants are handed */
static Number *spare[65536];
static unsigned int spares;

static Number *record(double data, unsigned int a, double da, unsigned int b, double db) {
    Number *v;
    if (spares) {
        v = spare[--spares];
        _Py_NewReference((PyObject *)v);
    } else {
        v = PyObject_New(Number, &NumberType);
        if (v == NULL) return NULL;
    }
    if (top >= capacity) {
        capacity = capacity ? 2 * capacity : 4096;
        tape = realloc(tape, capacity * sizeof(Entry));
        adjoint = realloc(adjoint, capacity * sizeof(double));
        if (tape == NULL || adjoint == NULL) abort();
    }
    v->data = data;
    v->place = top;
    tape[top++] = (Entry){a, b, da, db};
    return v;
}

static void number_free(PyObject *v) {
    if (spares < 65536) spare[spares++] = (Number *)v;
    else PyObject_Free(v);
}

static inline double number_of(PyObject *x, unsigned int *place) {
    if (Py_TYPE(x) == &NumberType) {
        *place = ((Number *)x)->place;
        return ((Number *)x)->data;
    }
    *place = 0;
    return PyFloat_AsDouble(x);
}

#define BINARY(name, value, da, db) \
    static PyObject *name(PyObject *left, PyObject *right) { \
        unsigned int i, j; \
        const double a = number_of(left, &i), b = number_of(right, &j); \
        return (PyObject *)record(value, i, da, j, db); \
    }
BINARY(number_add, a + b, 1.0, 1.0)
BINARY(number_mul, a * b, b, a)

static PyObject *number_pow(PyObject *left, PyObject *right, PyObject *modulus) {
    unsigned int i, j;
    const double a = number_of(left, &i), b = number_of(right, &j);
    (void)modulus;
    return (PyObject *)record(pow(a, b), i, b == 2.0 ? 2.0 * a : b * pow(a, b - 1.0), 0, 0.0);
}

static PyObject *number_tanh(PyObject *self, PyObject *x) {
    unsigned int i;
    const double y = tanh(number_of(x, &i));
    (void)self;
    return (PyObject *)record(y, i, 1.0 - y * y, 0, 0.0);
}

static PyObject *number_exp(PyObject *self, PyObject *x) {
    unsigned int i;
    const double y = exp(number_of(x, &i));
    (void)self;
    return (PyObject *)record(y, i, y, 0, 0.0);
}

static PyObject *variable(PyObject *self, PyObject *x) {
    (void)self;
    return (PyObject *)record(PyFloat_AsDouble(x), 0, 0.0, 0, 0.0);
}

static PyObject *clear(PyObject *self, PyObject *nothing) {
    (void)self, (void)nothing;
    top = 1;
    swept = 0;
    Py_RETURN_NONE;
}

static PyObject *backward(PyObject *self, PyObject *y) {
    (void)self;
    swept = ((Number *)y)->place;
    memset(adjoint, 0, (swept + 1) * sizeof(double));
    adjoint[swept] = 1.0;
    for (unsigned int i = swept; i > 0; i--) {
        const double g = adjoint[i];
        if (g == 0.0) continue;
        adjoint[tape[i].a] += g * tape[i].da;
        adjoint[tape[i].b] += g * tape[i].db;
    }
    Py_RETURN_NONE;
}

static PyObject *number_grad(PyObject *v, void *nothing) {
    (void)nothing;
    const unsigned int place = ((Number *)v)->place;
    return PyFloat_FromDouble(place <= swept ? adjoint[place] : 0.0);
}

static PyNumberMethods as_number = {.nb_add = number_add, .nb_multiply = number_mul, .nb_power = number_pow};
static PyMemberDef members[] = {{"data", T_DOUBLE, offsetof(Number, data), READONLY, NULL}, {NULL}};
static PyGetSetDef attributes[] = {{"grad", number_grad, NULL, NULL, NULL}, {NULL}};
static PyTypeObject NumberType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "floor.Number",
    .tp_basicsize = sizeof(Number),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_dealloc = number_free,
    .tp_as_number = &as_number,
    .tp_members = members,
    .tp_getset = attributes,
};
static PyMethodDef functions[] = {
    {"tanh", number_tanh, METH_O, NULL},      {"exp", number_exp, METH_O, NULL},   {"variable", variable, METH_O, NULL},
    {"backward", backward, METH_O, NULL}, {"clear", clear, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL},
};
static PyModuleDef module = {PyModuleDef_HEAD_INIT, "floor", NULL, -1, functions, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_floor(void) { return PyType_Ready(&NumberType) < 0 ? NULL : PyModule_Create(&module); }
