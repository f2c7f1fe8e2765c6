"""The rules of optim.py in C (updates.h), on arrays of doubles."""

from cpython.buffer cimport PyBUF_C_CONTIGUOUS, PyBUF_FORMAT, PyBUF_WRITABLE, PyBuffer_Release
from cpython.exc cimport PyErr_Clear
from cpython.pycapsule cimport PyCapsule_New, PyCapsule_SetContext

cdef extern from "updates.h":
    ctypedef int (*Updated)(const void *, double *, const double *, double, double) noexcept nogil
    ctypedef struct Rule:
        size_t n
        double *first
        double *second
        double b1, b2, eps, weight_decay, clip_value, clip_norm
        int kind, variant
    Updated updated_here()
    enum: BY_ADAM

cdef extern from "Python.h":
    int get_buffer "PyObject_GetBuffer" (object, Py_buffer *, int) noexcept

cdef Updated updated = updated_here()


cdef double *doubles(x, size_t n, bint written) noexcept:
    """Where so many doubles are, one behind the other; NULL if they are not so."""
    cdef Py_buffer view
    cdef double *at = NULL
    if get_buffer(x, &view, PyBUF_FORMAT | PyBUF_C_CONTIGUOUS | (PyBUF_WRITABLE if written else 0)) < 0:
        PyErr_Clear()
        return NULL
    if view.len == <Py_ssize_t>(n * sizeof(double)) and view.format != NULL and view.format[0] == c"d" and not view.format[1]:
        at = <double *>view.buf
    PyBuffer_Release(&view)
    return at


cdef class Update:
    """A rule with its numbers and its memories: arrays of `n` doubles, none or one by SGD, two by Adam."""

    cdef Rule rule
    cdef tuple memories

    def __init__(self, Py_ssize_t n, tuple memories, int kind, double b1, double b2, double eps, double weight_decay, bint variant,
                 double clip_value, double clip_norm):
        cdef double *at[2]
        if n < 1 or not 0 <= kind <= BY_ADAM or len(memories) != 2 and (kind == BY_ADAM or len(memories) > 1):
            raise ValueError("there is no such rule")
        at[0] = at[1] = NULL
        for i, memory in enumerate(memories):
            at[i] = doubles(memory, n, True)
            if at[i] == NULL:
                raise ValueError(f"what is remembered of {n} parameters is so many doubles")
        self.memories, self.rule.n, self.rule.kind, self.rule.variant = memories, n, kind, variant
        self.rule.first, self.rule.second = at[0], at[1]
        self.rule.b1, self.rule.b2, self.rule.eps, self.rule.weight_decay = b1, b2, eps, weight_decay
        self.rule.clip_value, self.rule.clip_norm = clip_value, clip_norm

    def __call__(self, theta, gradient, double lr, double steps):
        """Move theta in place by the step after so many others. False if it is Python's turn: nothing has changed."""
        cdef double *to = doubles(theta, self.rule.n, True)
        cdef const double *by = doubles(gradient, self.rule.n, False)
        return to != NULL and by != NULL and updated(&self.rule, to, by, lr, steps) != 0

    @property
    def capsule(self):
        """The function, an `Updated`; the capsule's context is its first argument, which lives as long as this object."""
        found = PyCapsule_New(<void *>updated, "nn.updates.updated", NULL)
        PyCapsule_SetContext(found, &self.rule)
        return found
