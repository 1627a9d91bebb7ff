/*
 * Requests of ioctl(2) to a network interface, netintro(4).
 */
#ifndef _SYS_SOCKIO_H_
#define _SYS_SOCKIO_H_

#include <sys/ioccom.h>

#define SIOCSIFADDR	_IOW('i', 12, struct ifreq)
#define SIOCSIFFLAGS	_IOW('i', 16, struct ifreq)
#define SIOCGIFFLAGS	_IOWR('i', 17, struct ifreq)
#define SIOCGIFADDR	_IOWR('i', 33, struct ifreq)
#define SIOCSIFLLADDR	_IOW('i', 31, struct ifreq)
#define SIOCADDMULTI	_IOW('i', 49, struct ifreq)
#define SIOCDELMULTI	_IOW('i', 50, struct ifreq)
#define SIOCSIFMEDIA	_IOWR('i', 55, struct ifreq)
#define SIOCGIFMEDIA	_IOWR('i', 56, struct ifmediareq)
#define SIOCGIFMTU	_IOWR('i', 126, struct ifreq)
#define SIOCSIFMTU	_IOW('i', 127, struct ifreq)
#define SIOCSIFXFLAGS	_IOW('i', 157, struct ifreq)
#define SIOCGIFXFLAGS	_IOWR('i', 158, struct ifreq)
#define SIOCGIFHARDMTU	_IOWR('i', 165, struct ifreq)
#define SIOCGIFRXR	_IOW('i', 170, struct ifreq)

#endif
