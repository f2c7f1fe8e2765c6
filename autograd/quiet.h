/* Included before each translated module: its frames, of which nobody sees a line of source, stay out of tracebacks. An exception that
   begins in one has no traceback there, which Cython takes for granted in two places: a `with`, of which these modules have none
   (tests/test_house.py), and an `except` that names what the module itself raised: such a module is translated without this file
   (NUMBERS in setup.py). */
#ifndef PY_SSIZE_T_CLEAN
#define PY_SSIZE_T_CLEAN
#endif
#include <Python.h>
#if defined(Py_GIL_DISABLED)
#error "on a free-threaded Python the engine runs uncompiled (setup.py): nothing in C stands under a lock of its own"
#endif
static inline int no_frame(PyFrameObject *frame) { return (void)frame, 0; }
#define PyTraceBack_Here no_frame
