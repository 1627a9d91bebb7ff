/*
 * kern_bus_space.c: registers of devices, bus_space(9).
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/atomic.h>
#include <machine/bus.h>

#include "kern_var.h"

struct bus_space {
	const char	*bs_name;
};

struct bus_space mem_bus_space = { "mem" };
struct bus_space io_bus_space = { "io" };

int
bus_space_map(bus_space_tag_t t, bus_addr_t addr, bus_size_t size, int flags,
    bus_space_handle_t *handle)
{
	int error;

	if (t == &io_bus_space)
		KERN_UNMODELLED("bus_space_map of I/O ports");
	KASSERT(t == &mem_bus_space);
	error = hc->reg_map(addr, size);
	if (error == 0)
		*handle = addr;
	return error;
}

void
bus_space_unmap(bus_space_tag_t t, bus_space_handle_t handle, bus_size_t size)
{
	KASSERT(t == &mem_bus_space);
	hc->reg_unmap(handle, size);
}

int
bus_space_subregion(bus_space_tag_t t, bus_space_handle_t handle,
    bus_size_t offset, bus_size_t size, bus_space_handle_t *sub)
{
	KASSERT(t == &mem_bus_space);
	*sub = handle + offset;
	return 0;
}

/* Orders accesses of registers, which are in order here. */
void
bus_space_barrier(bus_space_tag_t t, bus_space_handle_t handle,
    bus_size_t offset, bus_size_t size, int flags)
{
	KASSERT(t == &mem_bus_space);
	membar_sync();
}

#define BUS_SPACE_DEFINE(n, type)					\
type									\
bus_space_read_##n(bus_space_tag_t t, bus_space_handle_t handle,	\
    bus_size_t offset)							\
{									\
	KASSERT(t == &mem_bus_space);					\
	return hc->reg_read(handle + offset, n);			\
}									\
									\
void									\
bus_space_write_##n(bus_space_tag_t t, bus_space_handle_t handle,	\
    bus_size_t offset, type value)					\
{									\
	KASSERT(t == &mem_bus_space);					\
	hc->reg_write(handle + offset, n, value);			\
}

BUS_SPACE_DEFINE(1, uint8_t)
BUS_SPACE_DEFINE(2, uint16_t)
BUS_SPACE_DEFINE(4, uint32_t)
BUS_SPACE_DEFINE(8, uint64_t)
