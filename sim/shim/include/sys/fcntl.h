/*
 * Flags of open(2) that a driver's ioctl may see.
 */
#ifndef _SYS_FCNTL_H_
#define _SYS_FCNTL_H_

#define FREAD	0x0001
#define FWRITE	0x0002

#endif
