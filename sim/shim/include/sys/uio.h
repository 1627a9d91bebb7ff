/*
 * Memory in several pieces, uio(9).
 */
#ifndef _SYS_UIO_H_
#define _SYS_UIO_H_

#include <sys/types.h>

struct iovec {
	void	*iov_base;
	size_t	 iov_len;
};

/* Whose addresses they are; which way the bytes go. */
enum uio_seg { UIO_USERSPACE, UIO_SYSSPACE };
enum uio_rw { UIO_READ, UIO_WRITE };

struct uio {
	struct iovec	*uio_iov;
	int		 uio_iovcnt;
	off_t		 uio_offset;
	size_t		 uio_resid;	/* bytes that are left, at most */
	enum uio_seg	 uio_segflg;
	enum uio_rw	 uio_rw;
	struct proc	*uio_procp;	/* of UIO_USERSPACE */
};

#endif
