/*
 * Locks that sleep, rwlock(9).
 *
 * There is one process, so an owner is a yes or a no, and a lock that is held
 * and wanted again is that process locking against itself.
 */
#ifndef _SYS_RWLOCK_H_
#define _SYS_RWLOCK_H_

#include <sys/types.h>

struct rwlock {
	volatile unsigned int	 rwl_writer;
	volatile unsigned int	 rwl_readers;
	const char		*rwl_name;
};

#define RWLOCK_INITIALIZER(name)	{ 0, 0, (name) }

#define RW_WRITE	0x0001UL
#define RW_READ		0x0002UL
#define RW_DOWNGRADE	0x0004UL
#define RW_INTR		0x0010UL
#define RW_SLEEPFAIL	0x0020UL
#define RW_NOSLEEP	0x0040UL
#define RW_RECURSEFAIL	0x0080UL
#define RW_WRITE_OTHER	0x0100UL

void _rw_init(struct rwlock *, const char *);
#define rw_init(rwl, name)	_rw_init((rwl), (name))

int rw_enter(struct rwlock *, int);
void rw_enter_read(struct rwlock *);
void rw_enter_write(struct rwlock *);
void rw_exit(struct rwlock *);
void rw_exit_read(struct rwlock *);
void rw_exit_write(struct rwlock *);
int rw_status(struct rwlock *);		/* RW_WRITE, RW_READ or 0 */
void rw_assert_wrlock(struct rwlock *);
void rw_assert_rdlock(struct rwlock *);
void rw_assert_anylock(struct rwlock *);
void rw_assert_unlocked(struct rwlock *);

#endif
