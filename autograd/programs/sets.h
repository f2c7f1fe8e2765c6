/* The loops of one instruction set: included by run.h once for each.

   The includer defines SUFFIX and SET(name), the names of what is defined here; WIDTH, how many numbers a vector has; FUSED, whether a * b + c
   is one instruction; TARGET, the compiler's names of what the set has beyond that of the whole build. All are undefined at the end. */

#define F(name) SET(name)
#define V JOINED(Numbers, WIDTH)
#define MARKS JOINED(Marks, WIDTH)
#if FUSED
#define FMA(a, b, c) __builtin_fma(a, b, c)
#else
#define FMA(a, b, c) ((a) * (b) + (c))
#endif

#if defined(TARGET) && defined(__clang__)
PRAGMA(clang attribute push(__attribute__((target(TARGET))), apply_to = function))
#elif defined(TARGET)
PRAGMA(GCC push_options)
PRAGMA(GCC target(TARGET))
#endif
#include "vectormath.h"
#include "lanes.h"
#include "matrix.h"
#include "narrow.h"
#if defined(TARGET) && defined(__clang__)
PRAGMA(clang attribute pop)
#elif defined(TARGET)
PRAGMA(GCC pop_options)
#endif

#undef SET
#undef SUFFIX
#undef F
#undef FMA
#undef V
#undef MARKS
#undef WIDTH
#undef FUSED
#undef TARGET
