/*
 * NULL alone.
 */
#ifndef NULL
#define NULL	((void *)0)
#endif
