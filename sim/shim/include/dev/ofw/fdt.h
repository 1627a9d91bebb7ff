/*
 * The flattened device tree's place in memory.
 */
#ifndef _DEV_OFW_FDT_H_
#define _DEV_OFW_FDT_H_

#include <machine/fdt.h>

#endif
