/*
 * Link-level addresses, AF_LINK.
 */
#ifndef _NET_IF_DL_H_
#define _NET_IF_DL_H_

#include <sys/types.h>

struct sockaddr_dl {
	u_int8_t	sdl_len;
	u_int8_t	sdl_family;
	u_int16_t	sdl_index;
	u_int8_t	sdl_type;
	u_int8_t	sdl_nlen;
	u_int8_t	sdl_alen;
	u_int8_t	sdl_slen;
	char		sdl_data[24];		/* name, then address */
};

#define LLADDR(s)	((caddr_t)((s)->sdl_data + (s)->sdl_nlen))

#endif
