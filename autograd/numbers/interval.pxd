# The ends of an interval are doubles in C, and so is the arithmetic that has no operands but such.

cimport cython

cdef double inf, LARGEST, HALF, TINY

cpdef double below(double x) noexcept
cpdef double above(double x) noexcept
cpdef double sum_below(double a, double b) noexcept
cpdef double end_product(double x, double y) noexcept

cdef class Truth:
    cdef public bint yes, no

cdef class Interval:
    cdef public double low, high

cpdef Interval as_interval(x)
cpdef Interval spanned(double low, double high)
cpdef bint zero_alone(Interval x) noexcept
cpdef Interval interval_times(Interval x, Interval y)
cpdef Interval interval_over(Interval x, Interval y)
cpdef Interval interval_power(Interval a, Interval b)

cdef class Certain:
    cdef public object entry
    cdef public double ulps, least, most
    cdef public int mask
    @cython.locals(y=double, x=double, d=double, moved=double, size=double, own=double)
    cpdef Interval at(self, xs)
    @cython.locals(low=double, high=double, found=Interval)
    cpdef Interval over(self, points)
