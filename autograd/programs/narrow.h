/* One row in the functions of an instruction set: included by sets.h once for each, as lanes.h is, whose macros are put back.

   A row has the bits that it has among others, because each of these loops is the one that vectors run, on one number. */

#pragma push_macro("F")
#pragma push_macro("SET")
#pragma push_macro("V")
#pragma push_macro("ZERO")
#pragma push_macro("WIDTH")
#pragma push_macro("COUNT")
#pragma push_macro("STRIDE")
#pragma push_macro("EACH")
#pragma push_macro("PASSED")
#pragma push_macro("STOPPED")
#pragma push_macro("OUT")
#pragma push_macro("ALL_ARE")
#pragma push_macro("SOME_ARE_SMALL")
#pragma push_macro("KEEP_FAR")
#pragma push_macro("FAR_LANES")
#undef F
#undef SET
#undef V
#undef ZERO
#undef WIDTH
#undef COUNT
#undef STRIDE
#undef EACH
#undef PASSED
#undef STOPPED
#undef OUT
#undef ALL_ARE
#undef SOME_ARE_SMALL
#undef KEEP_FAR
#undef FAR_LANES
#define F(name) JOINED(name, SUFFIX)
#define SET(name) JOINED(narrow_##name, SUFFIX)
#define V double
#define ZERO 0.0
#define WIDTH 1
#define COUNT 1
#define STRIDE 1
#define EACH const size_t i = 0;
#define PASSED(c, t) ((c) != 0.0 ? (t) : 0.0)
#define STOPPED(c, t) ((c) == 0.0 ? (t) : 0.0)
#define OUT(y) Y[i] = (y)
#define ALL_ARE(xs, number) (*(xs) == (number))
#define SOME_ARE_SMALL(xs) F(is_small)(*(xs))
#define KEEP_FAR(xs) if (!(fabs(*(xs)) <= CIRCULAR_LIMIT)) { forward_lane(s, s + 1, bench, w, 1); break; }
#define FAR_LANES(xs)
#define VALUES_ARE_KNOWN
#include "lanes.h"
#undef VALUES_ARE_KNOWN
#pragma pop_macro("F")
#pragma pop_macro("SET")
#pragma pop_macro("V")
#pragma pop_macro("ZERO")
#pragma pop_macro("WIDTH")
#pragma pop_macro("COUNT")
#pragma pop_macro("STRIDE")
#pragma pop_macro("EACH")
#pragma pop_macro("PASSED")
#pragma pop_macro("STOPPED")
#pragma pop_macro("OUT")
#pragma pop_macro("ALL_ARE")
#pragma pop_macro("SOME_ARE_SMALL")
#pragma pop_macro("KEEP_FAR")
#pragma pop_macro("FAR_LANES")
