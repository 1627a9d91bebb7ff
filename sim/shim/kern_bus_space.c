/*
 * kern_bus_space.c: registers of devices, bus_space(9).
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/atomic.h>
#include <machine/bus.h>

#include "kern_var.h"

/* Registers at bs_first lie at the physical address bs_base; and so on. */
struct bus_space {
	const char	*bs_name;
	uint64_t	 bs_first;
	uint64_t	 bs_base;
	uint64_t	 bs_size;
};

struct bus_space mem_bus_space = { "mem", 0, 0, ~0ULL };
/* Ports of PCI, through the window that the device tree tells of. */
struct bus_space io_bus_space = { "io", 0, 0, 0 };

void
kern_io_space_set(uint64_t first, uint64_t base, uint64_t size)
{
	io_bus_space.bs_first = first;
	io_bus_space.bs_base = base;
	io_bus_space.bs_size = size;
}

int
kern_io_space_present(void)
{
	return io_bus_space.bs_size != 0;
}

static void
bus_space_check(bus_space_tag_t t)
{
	KASSERT(t == &mem_bus_space || t == &io_bus_space);
}

int
bus_space_map(bus_space_tag_t t, bus_addr_t addr, bus_size_t size, int flags,
    bus_space_handle_t *handle)
{
	int error;

	bus_space_check(t);
	if (addr < t->bs_first || addr - t->bs_first > t->bs_size ||
	    size > t->bs_size - (addr - t->bs_first))
		return EINVAL;
	addr = addr - t->bs_first + t->bs_base;
	error = hc->reg_map(addr, size);
	if (error == 0)
		*handle = addr;
	return error;
}

void
bus_space_unmap(bus_space_tag_t t, bus_space_handle_t handle, bus_size_t size)
{
	bus_space_check(t);
	hc->reg_unmap(handle, size);
}

int
bus_space_subregion(bus_space_tag_t t, bus_space_handle_t handle,
    bus_size_t offset, bus_size_t size, bus_space_handle_t *sub)
{
	bus_space_check(t);
	*sub = handle + offset;
	return 0;
}

/* Orders accesses of registers, which are in order here. */
void
bus_space_barrier(bus_space_tag_t t, bus_space_handle_t handle,
    bus_size_t offset, bus_size_t size, int flags)
{
	bus_space_check(t);
	membar_sync();
}

#define BUS_SPACE_DEFINE(n, type)					\
type									\
bus_space_read_##n(bus_space_tag_t t, bus_space_handle_t handle,	\
    bus_size_t offset)							\
{									\
	bus_space_check(t);							\
	return hc->reg_read(handle + offset, n);			\
}									\
									\
void									\
bus_space_write_##n(bus_space_tag_t t, bus_space_handle_t handle,	\
    bus_size_t offset, type value)					\
{									\
	bus_space_check(t);							\
	hc->reg_write(handle + offset, n, value);			\
}

BUS_SPACE_DEFINE(1, uint8_t)
BUS_SPACE_DEFINE(2, uint16_t)
BUS_SPACE_DEFINE(4, uint32_t)
BUS_SPACE_DEFINE(8, uint64_t)
