/*
 * Time: what getnsecuptime(9) and its kind give, and units.
 */
#ifndef _SYS_TIME_H_
#define _SYS_TIME_H_

#include <sys/types.h>

struct timeval {
	time_t		tv_sec;
	suseconds_t	tv_usec;
};

struct timespec {
	time_t	tv_sec;
	long	tv_nsec;
};

#define SEC_TO_NSEC(s)		((uint64_t)(s) * 1000000000ULL)
#define MSEC_TO_NSEC(ms)	((uint64_t)(ms) * 1000000ULL)
#define USEC_TO_NSEC(us)	((uint64_t)(us) * 1000ULL)

/* All of the run's virtual time, which begins at 0. */
time_t getuptime(void);
uint64_t getnsecuptime(void);
uint64_t nsecuptime(void);
void nanouptime(struct timespec *);
void getnanouptime(struct timespec *);
void microuptime(struct timeval *);
void getmicrouptime(struct timeval *);

#endif
