/*
 * Byte order: conversions between the CPU's, little and big endian.
 */
#ifndef _SYS_ENDIAN_H_
#define _SYS_ENDIAN_H_

#include <sys/stdint.h>

#define _LITTLE_ENDIAN	1234
#define _BIG_ENDIAN	4321
#define LITTLE_ENDIAN	_LITTLE_ENDIAN
#define BIG_ENDIAN	_BIG_ENDIAN

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define _BYTE_ORDER	_LITTLE_ENDIAN
#else
#define _BYTE_ORDER	_BIG_ENDIAN
#endif
#define BYTE_ORDER	_BYTE_ORDER

#define swap16(x)	__builtin_bswap16((uint16_t)(x))
#define swap32(x)	__builtin_bswap32((uint32_t)(x))
#define swap64(x)	((uint64_t)__builtin_bswap64((uint64_t)(x)))

#if _BYTE_ORDER == _LITTLE_ENDIAN
#define htole16(x)	((uint16_t)(x))
#define htole32(x)	((uint32_t)(x))
#define htole64(x)	((uint64_t)(x))
#define htobe16(x)	swap16(x)
#define htobe32(x)	swap32(x)
#define htobe64(x)	swap64(x)
#else
#define htole16(x)	swap16(x)
#define htole32(x)	swap32(x)
#define htole64(x)	swap64(x)
#define htobe16(x)	((uint16_t)(x))
#define htobe32(x)	((uint32_t)(x))
#define htobe64(x)	((uint64_t)(x))
#endif

#define le16toh(x)	htole16(x)
#define le32toh(x)	htole32(x)
#define le64toh(x)	htole64(x)
#define be16toh(x)	htobe16(x)
#define be32toh(x)	htobe32(x)
#define be64toh(x)	htobe64(x)
#define letoh16(x)	htole16(x)
#define letoh32(x)	htole32(x)
#define letoh64(x)	htole64(x)
#define betoh16(x)	htobe16(x)
#define betoh32(x)	htobe32(x)
#define betoh64(x)	htobe64(x)

#define htons(x)	htobe16(x)
#define htonl(x)	htobe32(x)
#define ntohs(x)	htobe16(x)
#define ntohl(x)	htobe32(x)

#endif
