/* A library to preload: on demand it refuses memory to the thread that asks for it. With PYTHONMALLOC=malloc all of Python's
   allocations come by here. glibc alone: its own names for what is replaced are used. */

#include <errno.h>
#include <stddef.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static __thread long to_pass = -1, to_refuse, refused; /* to_pass < 0: nothing is refused */
static __thread size_t smallest;

/* From now on the next `pass` allocations of at least `bytes` succeed, and the `refuse` after them fail. */
void start_failing(long pass, long refuse, size_t bytes) { to_refuse = refuse, smallest = bytes, refused = 0, to_pass = pass; }

/* All succeed again; how many failed. */
long stop_failing(void) { return to_pass = -1, refused; }

static int refuse(size_t bytes) {
    if (to_pass < 0 || bytes < smallest) return 0;
    if (to_pass > 0) return to_pass--, 0;
    if (to_refuse == 0) return 0;
    to_refuse--, refused++;
    errno = ENOMEM;
    return 1;
}

void *malloc(size_t n) { return refuse(n) ? NULL : __libc_malloc(n); }
void *calloc(size_t n, size_t size) { return refuse(n * size) ? NULL : __libc_calloc(n, size); }
void *realloc(void *p, size_t n) { return refuse(n) ? NULL : __libc_realloc(p, n); }
void *memalign(size_t alignment, size_t n) { return refuse(n) ? NULL : __libc_memalign(alignment, n); }
void *aligned_alloc(size_t alignment, size_t n) { return memalign(alignment, n); }
int posix_memalign(void **p, size_t alignment, size_t n) {
    if (refuse(n)) return ENOMEM;
    return (*p = __libc_memalign(alignment, n)) != NULL ? 0 : ENOMEM;
}
