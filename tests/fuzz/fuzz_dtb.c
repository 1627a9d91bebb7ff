/*
 * fuzz_dtb.c: a device tree, of any bytes.  It is refused with a sentence, or
 * it is a machine: then one is made, and its firmware looks at the bus.
 */
#include "fuzz.h"

#include "check.h"
#include "gpu_device.h"
#include "machine.h"
#include "untold.h"
#include "virtio_pci_device.h"

#define RAM_TRIED	(UINT64_C(256) << 20)	/* more takes only time */

static void
on_protocol(void *self, const char *id, const char *section, const char *text)
{
	(void)self;
	(void)section;
	(void)text;
	CHECK(id[0] != '\0');
}

static void
on_time(void *self, uint64_t ns)
{
	(void)self;
	(void)ns;
}

static void
use(struct machine_desc *d)
{
	static const struct machine_events events = { .reg = untold_reg,
	    .protocol_broken = on_protocol, .time = on_time };
	static const struct gpu_device_config gpu = { .width = 64,
	    .height = 48 };
	struct callpaths *paths = callpaths_create(0, 0, NULL, NULL);
	struct machine_config config = { .desc = d, .paths = paths,
	    .events = &events };
	struct machine *m;
	struct error err;
	uint32_t irq;

	error_clear(&err);
	m = machine_create(&config, &err);
	if (m == NULL) {
		CHECK(err.code != ERROR_NONE && err.text[0] != '\0');
	} else {
		machine_host_set(m, gpu_device_host(machine_port(m), &gpu));
		if (machine_firmware(m, &err) != 0)
			CHECK(err.text[0] != '\0');
		for (unsigned pin = 0; pin < 6; pin++)
			(void)machine_intx_irq(m, VIRTIO_PCI_BDF_DEFAULT, pin,
			    &irq);
		machine_destroy(m);
	}
	callpaths_destroy(paths);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct machine_desc d;
	struct error err;
	char line[256];

	error_clear(&err);
	if (machine_desc_read(&d, "fuzz", data, size, &err) != 0) {
		CHECK(err.code != ERROR_NONE && err.text[0] != '\0');
		return 0;
	}
	machine_desc_line(&d, line, sizeof line);
	CHECK(line[0] != '\0');
	CHECK(d.ram.size != 0 && d.ram.base <= UINT64_MAX - d.ram.size);
	if (d.ram.size <= RAM_TRIED)
		use(&d);
	machine_desc_free(&d);
	return 0;
}
