/* Included before each translated module: its frames, of which nobody sees a line of source, stay out of tracebacks. */
#ifndef PY_SSIZE_T_CLEAN
#define PY_SSIZE_T_CLEAN
#endif
#include <Python.h>
#define PyTraceBack_Here(frame) ((void) (frame), 0)
