/* Makes every fsync take 5 ms longer, as an office server's disk does, and counts them in the file
   SLOW_FSYNC_COUNT (eight bytes, native order). Built and preloaded by bench/http.py. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static uint64_t *count;
static int (*real_fsync)(int), (*real_fdatasync)(int);

__attribute__((constructor)) static void begin(void)
{
    const char *name = getenv("SLOW_FSYNC_COUNT");
    real_fsync = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    if (name) {
        int file = open(name, O_RDWR | O_CREAT, 0600);
        if (file >= 0 && ftruncate(file, sizeof *count) == 0) {
            void *place = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
            if (place != MAP_FAILED)
                count = place;
        }
        if (file >= 0)
            close(file);
    }
}

static void slow(void)
{
    struct timespec pause = {0, 5 * 1000 * 1000};
    nanosleep(&pause, NULL);
    if (count)
        __atomic_add_fetch(count, 1, __ATOMIC_SEQ_CST);
}

int fsync(int file)
{
    slow();
    return real_fsync(file);
}

int fdatasync(int file)
{
    slow();
    return real_fdatasync(file);
}
