/* Included before each translated module: its frames, of which nobody sees a line of source, stay out of tracebacks. An exception that
   begins in one has no traceback there, and Cython takes it for granted in two places: a `return` from an `except`, and a `with`. So
   these modules have neither (tests/test_house.py). */
#ifndef PY_SSIZE_T_CLEAN
#define PY_SSIZE_T_CLEAN
#endif
#include <Python.h>
#define PyTraceBack_Here(frame) ((void) (frame), 0)
