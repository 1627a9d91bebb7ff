/*
 * Reading the device tree, OF_getprop(9).  A node is a number above 0, which
 * is the place in the tree's blob; -1 is no node, and the root's is found by
 * OF_peer(0).
 */
#ifndef _DEV_OFW_OPENFIRM_H_
#define _DEV_OFW_OPENFIRM_H_

#include <sys/types.h>

int OF_peer(int);			/* next sibling, 0 if none */
int OF_child(int);			/* first child, 0 if none */
int OF_getproplen(int, const char *);	/* -1 if there is none */
int OF_getprop(int, const char *, void *, int);
uint32_t OF_getpropint(int, const char *, uint32_t);
int OF_getpropintarray(int, const char *, uint32_t *, int);
int OF_is_compatible(int, const char *);

#endif
