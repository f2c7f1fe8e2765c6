# Errors are doubles in C.

cimport cython

cdef double LOWEST, LOST, STEEP

@cython.locals(own=double)
cpdef double error_of(double ulps, double y, double moved, double size=*)
