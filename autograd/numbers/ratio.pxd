# The arithmetic of fractions calls itself in C; its numbers are Python's, which have no bounds.

cdef class Ratio:
    cdef public object above, below

cpdef Ratio ratio_of(x)
cpdef Ratio ratio_sum(a, b, c, d)
cpdef Ratio ratio_product(a, b, c, d)
cpdef Ratio ratio_inverse(Ratio x)
