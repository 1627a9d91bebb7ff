/*
 * ioctl(2) requests; here only how they are made.
 */
#ifndef _SYS_IOCTL_H_
#define _SYS_IOCTL_H_

#include <sys/ioccom.h>

#endif
