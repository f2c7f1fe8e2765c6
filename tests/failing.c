/* A library to preload: on demand it refuses memory to the thread that asks for it. With PYTHONMALLOC=malloc all of Python's
   allocations come by here, and mapped memory does. glibc alone: its own names for what is replaced are used; under the address
   sanitizer its names (-D'REAL(name)=__interceptor_##name'), which must then be preloaded behind this library. */

#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#if !defined(REAL)
#define REAL(name) __libc_##name
#endif
extern void *REAL(malloc)(size_t);
extern void *REAL(calloc)(size_t, size_t);
extern void *REAL(realloc)(void *, size_t);
extern void *REAL(memalign)(size_t, size_t);

static __thread __attribute__((tls_model("initial-exec"))) long to_pass = -1, to_refuse, refused; /* to_pass < 0: nothing is refused */
static __thread __attribute__((tls_model("initial-exec"))) size_t smallest;

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

void *malloc(size_t n) { return refuse(n) ? NULL : REAL(malloc)(n); }
void *calloc(size_t n, size_t size) { return refuse(n * size) ? NULL : REAL(calloc)(n, size); }
void *realloc(void *p, size_t n) { return refuse(n) ? NULL : REAL(realloc)(p, n); }
void *memalign(size_t alignment, size_t n) { return refuse(n) ? NULL : REAL(memalign)(alignment, n); }
void *aligned_alloc(size_t alignment, size_t n) { return memalign(alignment, n); }
int posix_memalign(void **p, size_t alignment, size_t n) {
    if (refuse(n)) return ENOMEM;
    return (*p = REAL(memalign)(alignment, n)) != NULL ? 0 : ENOMEM;
}
void *mmap64(void *start, size_t n, int protection, int flags, int file, off_t offset) {
    return refuse(n) ? MAP_FAILED : (void *)syscall(SYS_mmap, start, n, protection, flags, file, offset);
}
void *mmap(void *start, size_t n, int protection, int flags, int file, off_t offset) {
    return mmap64(start, n, protection, flags, file, offset);
}
