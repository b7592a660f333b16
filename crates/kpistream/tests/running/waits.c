// librdkafka waits by cnd_timedwait of C11, until a time that faketime has told it. faketime sets that right for pthread_cond_timedwait
// alone, so the one is to be the other; in glibc they differ in what they return.
#include <errno.h>
#include <pthread.h>
#include <threads.h>

int cnd_timedwait(cnd_t *condition, mtx_t *mutex, const struct timespec *until) {
    int failed = pthread_cond_timedwait((pthread_cond_t *)condition, (pthread_mutex_t *)mutex, until);
    return failed == 0 ? thrd_success : failed == ETIMEDOUT ? thrd_timedout : thrd_error;
}
