/* Where nodes and the blocks of their operands lie: slabs of 2 MB, each cut into places of one size.

   A slab has a bit for each place that is free. Places are handed out from the lowest bit on, and to give one back sets its bit: in
   whatever order a graph dies, the next one lies in the order of addresses, which is that of the tape and of every walk. To free
   allocates nothing and walks over nothing. A slab of which nothing is left waits for the next graph, whatever the size of its
   places; what waits beyond half of what was lately in use, less 16 MB (but 16 MB always), goes back to the system at once. */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#if defined(_MSC_VER)
#include <intrin.h>
#define APART __declspec(noinline)
#else
#define APART __attribute__((noinline))
#endif

typedef unsigned long long Word; /* 64 marks */

static inline int low_bit(Word w) {
#if defined(_MSC_VER)
    unsigned long i;
    _BitScanForward64(&i, w);
    return (int)i;
#else
    return __builtin_ctzll(w);
#endif
}

static inline int top_bit(Word w) {
#if defined(_MSC_VER)
    unsigned long i;
    _BitScanReverse64(&i, w);
    return (int)i;
#else
    return 63 - __builtin_clzll(w);
#endif
}

/* The address sanitizer is told which places are free: whoever touches one is found. */

#if defined(__has_feature)
#if __has_feature(address_sanitizer) && !defined(__SANITIZE_ADDRESS__)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(start, size) ((void)(start))
#define ASAN_UNPOISON_MEMORY_REGION(start, size) ((void)(start))
#endif

/* The system's part. Huge pages, where there are any, are touched at a quarter of the price (31 -> 7 ns a node). */

#define SLAB ((size_t)1 << 21)

#if defined(__linux__) || defined(__APPLE__) || defined(__FreeBSD__)
#include <sys/mman.h>
#if !defined(MAP_ANONYMOUS)
#define MAP_ANONYMOUS MAP_ANON
#endif

static void *from_system(void) {
    char *start = (char *)mmap(NULL, 2 * SLAB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == (char *)MAP_FAILED) return NULL;
    const size_t before = (SLAB - (uintptr_t)start % SLAB) % SLAB; /* a slab's address is a multiple of its size */
    if (before) munmap(start, before);
    munmap(start + before + SLAB, SLAB - before);
    return start + before;
}

static void to_system(void *slab) { munmap(slab, SLAB); }

/* Tell the system something of the whole pages between `start` and `end`. */
static inline void advise(void *start, void *end, int what) {
    const uintptr_t page = 1 << 16, first = ((uintptr_t)start + page - 1) / page * page, last = (uintptr_t)end / page * page;
    if (first < last) madvise((void *)first, last - first, what);
}

static void in_huge_pages(void *start, void *end) {
#if defined(MADV_HUGEPAGE)
    advise(start, end, MADV_HUGEPAGE);
#else
    (void)start, (void)end;
#endif
}

/* What stands there is not needed any more. */
static void forget(void *start, void *end) {
#if defined(__linux__)
    advise(start, end, MADV_DONTNEED);
#else
    advise(start, end, MADV_FREE);
#endif
}
#else
#if defined(_WIN32)
#include <malloc.h>
static void *from_system(void) { return _aligned_malloc(SLAB, SLAB); }
static void to_system(void *slab) { _aligned_free(slab); }
#else
static void *from_system(void) {
    void *slab;
    return posix_memalign(&slab, SLAB, SLAB) == 0 ? slab : NULL;
}
static void to_system(void *slab) { free(slab); }
#endif
static void in_huge_pages(void *start, void *end) { (void)start, (void)end; }
static void forget(void *start, void *end) { (void)start, (void)end; }
#endif

/* A slab, and how it is cut. */

typedef struct Slab {
    struct Slab *before, *after; /* those of its store that have room; of one that waits, `after` is the next that does */
    unsigned int whole;          /* so many words have all their places free */
    int listed;                  /* whether it is among those that have room */
    Word some[16];               /* a bit for each word that is not 0 */
    Word room[];                 /* a bit for each place that is free */
} Slab;

#define ALL (~(Word)0)
#define WORDS_OF(size) ((SLAB - sizeof(Slab)) / (64 * (size) + sizeof(Word)))

typedef struct {
    unsigned int size, words, first; /* bytes of a place, words of bits, where the first place is */
    Word inverse;                    /* to divide a multiple of `size` below 2 MB by it, rounded up: 2^32 / size */
} Cut;

#define CUT(size) {(size), WORDS_OF(size), SLAB - 64 * WORDS_OF(size) * (size), (((Word)1 << 32) + (size) - 1) / (size)}

typedef struct {
    char *next, *end;    /* the run of free places that is being handed out; in its slab they have no bits */
    Slab *slab, *others; /* the slab that it is in, and those others that have room */
    unsigned int slabs;
} Store;

/* The slabs of all stores. */

enum { KEPT = 8, LASTING = 8 };
static Slab *waiting;
static unsigned int slabs_waiting, slabs_used, most_used, lately_used; /* most_used: since the last `review` */
static Word handed_out;                                                /* bytes, since then */

static unsigned int wanted_slabs(void) {
    const unsigned int used = most_used > lately_used ? most_used : lately_used;
    return used / 2 > 2 * KEPT ? used / 2 - KEPT : KEPT;
}

static Slab *wake(void) {
    Slab *slab = waiting;
    waiting = slab->after;
    slabs_waiting--;
    return slab;
}

static void fewer_slabs(void); /* what else goes back to the system with a slab */

static void leave(Slab *slab) {
    ASAN_UNPOISON_MEMORY_REGION(slab, SLAB);
    to_system(slab);
    fewer_slabs();
}

/* When eight times as much has been handed out as is in use: what was not needed since the last time is wanted by half. */
static void review(void) {
    lately_used = most_used > lately_used / 2 ? most_used : lately_used / 2;
    most_used = slabs_used;
    handed_out = 0;
    while (slabs_waiting > wanted_slabs()) leave(wake());
}

static Slab *new_slab(Store *s, const Cut *cut) {
    Slab *slab = waiting != NULL ? wake() : (Slab *)from_system();
    if (slab == NULL) return NULL;
    if (++s->slabs > 2) in_huge_pages(slab, (char *)slab + SLAB); /* what is small is not to cost 2 MB */
    if (++slabs_used > most_used) most_used = slabs_used;
    ASAN_UNPOISON_MEMORY_REGION(slab, cut->first);
    memset(slab, 0, sizeof(Slab));
    memset(slab->room, 0xff, cut->words * sizeof(Word));
    for (unsigned int w = 0; w < cut->words; w++) slab->some[w / 64] |= (Word)1 << w % 64;
    slab->whole = cut->words;
    ASAN_POISON_MEMORY_REGION((char *)slab + cut->first, SLAB - cut->first);
    return slab;
}

static void enlist(Store *s, Slab *slab) {
    slab->before = NULL, slab->after = s->others, slab->listed = 1;
    if (s->others != NULL) s->others->before = slab;
    s->others = slab;
}

static void delist(Store *s, Slab *slab) {
    if (slab->before != NULL) slab->before->after = slab->after;
    else s->others = slab->after;
    if (slab->after != NULL) slab->after->before = slab->before;
    slab->listed = 0;
}

/* The lowest word of a slab that has free places; -1: it is full. */
static inline int lowest_word(const Slab *slab) {
    for (int i = 0; i < 16; i++)
        if (slab->some[i]) return 64 * i + low_bit(slab->some[i]);
    return -1;
}

/* Go on with the lowest free places of the slab, or of another one. -1: there is no memory. */
static APART int next_run(Store *s, const Cut *cut) {
    int w = s->slab != NULL ? lowest_word(s->slab) : -1;
    if (w < 0) {
        if ((s->slab = s->others) != NULL) delist(s, s->slab);
        else if ((s->slab = new_slab(s, cut)) == NULL) return -1;
        w = lowest_word(s->slab);
    }
    Word *word = &s->slab->room[w];
    const int first = low_bit(*word);
    const Word above = ~(*word >> first);
    const int length = above ? low_bit(above) : 64;
    s->slab->whole -= *word == ALL;
    *word &= ~(ALL >> (64 - length) << first);
    if (*word == 0) s->slab->some[w / 64] ^= (Word)1 << w % 64;
    s->next = (char *)s->slab + cut->first + cut->size * (64 * (size_t)w + (size_t)first);
    s->end = s->next + cut->size * (size_t)length;
    handed_out += (Word)(s->end - s->next);
    if (handed_out > LASTING * (Word)SLAB * slabs_used) review();
    return 0;
}

/* A place, with whatever stands in it. NULL: there is no memory. */
static inline void *take_place(Store *s, const Cut *cut) {
    if (s->next == s->end && next_run(s, cut) < 0) return NULL;
    void *place = s->next;
    s->next += cut->size;
    ASAN_UNPOISON_MEMORY_REGION(place, cut->size);
    return place;
}

/* A word has its first free place, or its last. */
static APART void word_turned(Store *s, const Cut *cut, Slab *slab, unsigned int w) {
    if (slab->room[w] != ALL) {
        slab->some[w / 64] |= (Word)1 << w % 64;
        if (slab != s->slab && !slab->listed) enlist(s, slab);
    } else if (++slab->whole == cut->words && slab != s->slab) {
        delist(s, slab);
        s->slabs--, slabs_used--;
        if (slabs_waiting < wanted_slabs()) {
            slab->after = waiting, waiting = slab;
            slabs_waiting++;
        } else leave(slab);
    }
}

static inline void give_place(Store *s, const Cut *cut, void *place) {
    Slab *slab = (Slab *)((uintptr_t)place & ~(uintptr_t)(SLAB - 1));
    const unsigned int i = (unsigned int)((((uintptr_t)place & (SLAB - 1)) - cut->first) * cut->inverse >> 32);
    Word *word = &slab->room[i / 64];
    const Word before = *word;
    ASAN_POISON_MEMORY_REGION(place, cut->size);
    *word |= (Word)1 << i % 64;
    if (before == 0 || *word == ALL) word_turned(s, cut, slab, i / 64);
}
