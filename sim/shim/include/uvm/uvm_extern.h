/*
 * Virtual memory as a driver sees it: types, protections, page attributes.
 */
#ifndef _UVM_EXTERN_H_
#define _UVM_EXTERN_H_

#include <sys/types.h>
#include <sys/mman.h>
#include <machine/param.h>
#include <machine/pmap.h>

typedef int	vm_prot_t;

#endif
