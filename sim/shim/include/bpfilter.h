/*
 * What config(8) makes: bpf(4) is in this kernel.
 */
#ifndef _BPFILTER_H_
#define _BPFILTER_H_

#define NBPFILTER	1

#endif
