/* Faults in the calls of a process to its files; faults.py compiles, sets up and explains this.
 *
 * FAULTS_RULES names a file of lines "call error first count pattern"; FAULTS_COUNTS one of two
 * 64-bit numbers a line, the calls that fitted and the faults that were made of them, which all
 * processes count in together.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define MOST 128
#define KILL -2 /* in place of an error: the group of processes ends here */

struct rule {
    char call[16], pattern[PATH_MAX];
    int error;
    uint64_t first, count;
};

static struct rule rules[MOST];
static int number;
static volatile uint64_t *counts; /* two for each rule */

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void begin(void)
{
    const char *told = getenv("FAULTS_RULES"), *counted = getenv("FAULTS_COUNTS");
    if (!told || !counted)
        return;
    FILE *file = REAL(fopen)(told, "r");
    if (!file)
        return;
    struct rule *rule = rules;
    while (number < MOST
           && fscanf(file, "%15s %d %lu %lu %4095[^\n]", rule->call, &rule->error, &rule->first,
                     &rule->count, rule->pattern) == 5)
        rule = &rules[++number];
    fclose(file);
    int handle = REAL(open)(counted, O_RDWR);
    void *shared = handle < 0 ? MAP_FAILED
                              : mmap(NULL, 2 * sizeof(uint64_t) * MOST, PROT_READ | PROT_WRITE,
                                     MAP_SHARED, handle, 0);
    if (handle >= 0)
        close(handle);
    if (shared == MAP_FAILED)
        number = 0;
    else
        counts = shared;
}

/* Return the errno that a call shall fail with, -1 if it shall fall short, 0 if it goes on. */
static int fault(const char *call, const char *path)
{
    for (int i = 0; i < number; i++) {
        if (strcmp(rules[i].call, call) || fnmatch(rules[i].pattern, path, 0))
            continue;
        uint64_t now = __sync_add_and_fetch(&counts[2 * i], 1);
        if (now < rules[i].first || now - rules[i].first >= rules[i].count)
            continue;
        __sync_add_and_fetch(&counts[2 * i + 1], 1);
        if (rules[i].error == KILL)
            kill(0, SIGKILL);
        return rules[i].error ? rules[i].error : -1;
    }
    return 0;
}

static int of_path(const char *call, int folder, const char *path)
{
    char whole[2 * PATH_MAX], link[64];
    if (!number || !path)
        return 0;
    if (path[0] == '/')
        return fault(call, path);
    if (folder == AT_FDCWD) {
        if (!getcwd(whole, PATH_MAX))
            return 0;
    } else {
        snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
        ssize_t length = readlink(link, whole, PATH_MAX - 1);
        if (length < 0)
            return 0;
        whole[length] = 0;
    }
    strncat(whole, "/", 2);
    strncat(whole, path, PATH_MAX - 1);
    return fault(call, whole);
}

static int of_file(const char *call, int handle)
{
    char path[PATH_MAX], link[64];
    if (!number)
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", handle);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0)
        return 0;
    path[length] = 0;
    return fault(call, path);
}

#define FAIL(kind, failure)                                                                       \
    do {                                                                                          \
        int error = (kind);                                                                       \
        if (error > 0) {                                                                          \
            errno = error;                                                                        \
            return failure;                                                                       \
        }                                                                                         \
    } while (0)

/* --- opening ---------------------------------------------------------------------------------- */

#define OPEN(name)                                                                                \
    int name(const char *path, int flags, ...)                                                    \
    {                                                                                             \
        va_list more;                                                                             \
        va_start(more, flags);                                                                    \
        mode_t mode = va_arg(more, int);                                                          \
        va_end(more);                                                                             \
        FAIL(of_path("open", AT_FDCWD, path), -1);                                                \
        return REAL(name)(path, flags, mode);                                                     \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                                              \
    int name(int folder, const char *path, int flags, ...)                                        \
    {                                                                                             \
        va_list more;                                                                             \
        va_start(more, flags);                                                                    \
        mode_t mode = va_arg(more, int);                                                          \
        va_end(more);                                                                             \
        FAIL(of_path("open", folder, path), -1);                                                  \
        return REAL(name)(folder, path, flags, mode);                                             \
    }
OPENAT(openat)
OPENAT(openat64)

#define FOPEN(name)                                                                               \
    FILE *name(const char *path, const char *mode)                                                \
    {                                                                                             \
        FAIL(of_path("open", AT_FDCWD, path), NULL);                                              \
        return REAL(name)(path, mode);                                                            \
    }
FOPEN(fopen)
FOPEN(fopen64)

/* --- reading and writing; what falls short ends where the first half does --------------------- */

#define MOVE(name, call, ...)                                                                     \
    {                                                                                             \
        int found = of_file(call, handle);                                                        \
        FAIL(found, -1);                                                                          \
        if (found)                                                                                \
            count -= count / 2;                                                                   \
        return REAL(name)(handle, bytes, count, ##__VA_ARGS__);                                   \
    }
ssize_t read(int handle, void *bytes, size_t count) MOVE(read, "read")
ssize_t write(int handle, const void *bytes, size_t count) MOVE(write, "write")
ssize_t pread(int handle, void *bytes, size_t count, off_t at) MOVE(pread, "read", at)
ssize_t pread64(int handle, void *bytes, size_t count, off64_t at) MOVE(pread64, "read", at)
ssize_t pwrite(int handle, const void *bytes, size_t count, off_t at) MOVE(pwrite, "write", at)
ssize_t pwrite64(int handle, const void *bytes, size_t count, off64_t at)
    MOVE(pwrite64, "write", at)

/* Many pieces at once: what falls short ends within the first of them. */
#define MOVES(name, call, ...)                                                                    \
    {                                                                                             \
        int found = of_file(call, handle);                                                        \
        FAIL(found, -1);                                                                          \
        if (found && count > 0) {                                                                 \
            struct iovec half = {pieces->iov_base, pieces->iov_len - pieces->iov_len / 2};         \
            return REAL(name)(handle, &half, 1, ##__VA_ARGS__);                                   \
        }                                                                                         \
        return REAL(name)(handle, pieces, count, ##__VA_ARGS__);                                  \
    }
ssize_t readv(int handle, const struct iovec *pieces, int count) MOVES(readv, "read")
ssize_t writev(int handle, const struct iovec *pieces, int count) MOVES(writev, "write")
ssize_t preadv(int handle, const struct iovec *pieces, int count, off_t at)
    MOVES(preadv, "read", at)
ssize_t preadv64(int handle, const struct iovec *pieces, int count, off64_t at)
    MOVES(preadv64, "read", at)
ssize_t preadv2(int handle, const struct iovec *pieces, int count, off_t at, int how)
    MOVES(preadv2, "read", at, how)
ssize_t preadv64v2(int handle, const struct iovec *pieces, int count, off64_t at, int how)
    MOVES(preadv64v2, "read", at, how)

#define MAP(name, offset)                                                                         \
    void *name(void *where, size_t length, int protection, int flags, int handle, offset at)      \
    {                                                                                             \
        if (handle >= 0)                                                                          \
            FAIL(of_file("map", handle), MAP_FAILED);                                             \
        return REAL(name)(where, length, protection, flags, handle, at);                          \
    }
MAP(mmap, off_t)
MAP(mmap64, off64_t)

/* --- what else is asked ----------------------------------------------------------------------- */

#define STAT(name, of)                                                                            \
    int name(const char *path, struct of *told)                                                   \
    {                                                                                             \
        FAIL(of_path("stat", AT_FDCWD, path), -1);                                                \
        return REAL(name)(path, told);                                                            \
    }
STAT(stat, stat)
STAT(stat64, stat64)
STAT(lstat, stat)
STAT(lstat64, stat64)

int fsync(int handle)
{
    FAIL(of_file("sync", handle), -1);
    return REAL(fsync)(handle);
}

int rename(const char *old, const char *new)
{
    FAIL(of_path("rename", AT_FDCWD, new), -1);
    return REAL(rename)(old, new);
}

int mkdir(const char *path, mode_t mode)
{
    FAIL(of_path("mkdir", AT_FDCWD, path), -1);
    return REAL(mkdir)(path, mode);
}
