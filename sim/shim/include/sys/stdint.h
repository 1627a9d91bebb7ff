/*
 * Integer types of fixed width.  64 bits are long long on every architecture,
 * so that %llx always fits.
 */
#ifndef _SYS_STDINT_H_
#define _SYS_STDINT_H_

typedef signed char		int8_t;
typedef unsigned char		uint8_t;
typedef short			int16_t;
typedef unsigned short		uint16_t;
typedef int			int32_t;
typedef unsigned int		uint32_t;
typedef long long		int64_t;
typedef unsigned long long	uint64_t;

typedef long			intptr_t;
typedef unsigned long		uintptr_t;
typedef long long		intmax_t;
typedef unsigned long long	uintmax_t;

#define INT8_MIN	(-0x7f - 1)
#define INT8_MAX	0x7f
#define UINT8_MAX	0xff
#define INT16_MIN	(-0x7fff - 1)
#define INT16_MAX	0x7fff
#define UINT16_MAX	0xffff
#define INT32_MIN	(-0x7fffffff - 1)
#define INT32_MAX	0x7fffffff
#define UINT32_MAX	0xffffffffU
#define INT64_MIN	(-0x7fffffffffffffffLL - 1)
#define INT64_MAX	0x7fffffffffffffffLL
#define UINT64_MAX	0xffffffffffffffffULL
#define UINTPTR_MAX	0xffffffffffffffffUL
#define SIZE_MAX	0xffffffffffffffffUL

#endif
