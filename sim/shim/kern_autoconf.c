/*
 * kern_autoconf.c: finding the driver for a device, attaching, detaching;
 * autoconf(9).
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/device.h>
#include <sys/malloc.h>

#include "kern_ioconf.h"
#include "kern_net.h"
#include "kern_var.h"

struct devicelist alldevs = TAILQ_HEAD_INITIALIZER(alldevs);

/* What is said of a device without a driver, by the print function's return. */
static const char *const autoconf_said[] = {
	[QUIET] = "",
	[UNCONF] = " not configured\n",
	[UNSUPP] = " unsupported\n",
};

static int (*const autoconf_rescans[])(struct device *) = {
	kern_mainbus_rescan, kern_pci_rescan
};
static const char *const autoconf_buses[] = { "mainbus", "pci" };

/* The number of the bus in the lists above, or -1 for another device. */
static int
autoconf_bus(const struct device *dev)
{
	int i;

	for (i = 0; dev != NULL && i < (int)nitems(autoconf_buses); i++)
		if (strcmp(dev->dv_cfdata->cf_driver->cd_name,
		    autoconf_buses[i]) == 0)
			return i;
	return -1;
}

static int
autoconf_is_child(const struct cfdata *cf, const struct device *parent)
{
	if (parent == NULL)
		return cf->cf_parent == NULL;
	return cf->cf_parent != NULL && strcmp(cf->cf_parent,
	    parent->dv_cfdata->cf_driver->cd_name) == 0;
}

/* The line of the configuration that matches best, NULL if none does. */
static struct cfdata *
autoconf_search(struct device *parent, void *aux, cfmatch_t submatch)
{
	struct cfdata *cf, *best = NULL;
	int result, best_result = 0;

	for (cf = cfdata; cf->cf_driver != NULL; cf++) {
		if (cf->cf_fstate == FSTATE_FOUND ||
		    !autoconf_is_child(cf, parent))
			continue;
		if (cf->cf_driver->cd_mode & CD_INDIRECT)
			KERN_UNMODELLED("config_found_sm of CD_INDIRECT");
		if (submatch != NULL)
			result = submatch(parent, cf, aux);
		else
			result = cf->cf_attach->ca_match(parent, cf, aux);
		if (result > best_result) {
			best_result = result;
			best = cf;
		}
	}
	return best;
}

/* Makes room in the driver's table for unit. */
static void
autoconf_devs_grow(struct cfdriver *cd, int unit)
{
	void **devs;
	int n = cd->cd_ndevs;

	if (unit < n)
		return;
	while (n <= unit)
		n = n == 0 ? 4 : 2 * n;
	devs = mallocarray(n, sizeof(*devs), M_DEVBUF, M_WAITOK | M_ZERO);
	if (devs == NULL)
		panic("config_attach: no memory for %s", cd->cd_name);
	if (cd->cd_ndevs > 0) {
		memcpy(devs, cd->cd_devs, cd->cd_ndevs * sizeof(*devs));
		free(cd->cd_devs, M_DEVBUF, cd->cd_ndevs * sizeof(*devs));
	}
	cd->cd_devs = devs;
	cd->cd_ndevs = n;
}

static struct device *
autoconf_softc_create(struct device *parent, struct cfdata *cf)
{
	struct cfdriver *cd = cf->cf_driver;
	struct device *dev;
	int unit = cf->cf_unit;

	if (cf->cf_attach->ca_devsize < sizeof(struct device))
		panic("config_attach: softc of %s is too small", cd->cd_name);
	dev = malloc(cf->cf_attach->ca_devsize, M_DEVBUF, M_WAITOK | M_ZERO);
	if (dev == NULL)
		panic("config_attach: no memory for %s", cd->cd_name);
	while (unit < cd->cd_ndevs && cd->cd_devs[unit] != NULL)
		unit++;
	autoconf_devs_grow(cd, unit);
	cd->cd_devs[unit] = dev;
	dev->dv_class = cd->cd_class;
	dev->dv_cfdata = cf;
	dev->dv_unit = unit;
	dev->dv_parent = parent;
	dev->dv_flags = DVF_ACTIVE;
	device_ref(dev);
	if (snprintf(dev->dv_xname, sizeof(dev->dv_xname), "%s%d",
	    cd->cd_name, unit) >= (int)sizeof(dev->dv_xname))
		panic("config_attach: name of %s is too long", cd->cd_name);
	return dev;
}

static struct device *
autoconf_attach(struct device *parent, struct cfdata *cf, void *aux,
    cfprint_t print)
{
	struct device *dev = autoconf_softc_create(parent, cf);
	char text[96];

	if (KERN_COCOVM && (cf->cf_driver->cd_mode & CD_COCOVM) == 0) {
		snprintf(text, sizeof(text), "%s does not say CD_COCOVM: the "
		    "kernel of a confidential guest leaves it out",
		    cf->cf_driver->cd_name);
		hc->rule_broken("attach-confidential", text);
	}

	if (cf->cf_fstate == FSTATE_NOTFOUND)
		cf->cf_fstate = FSTATE_FOUND;
	TAILQ_INSERT_TAIL(&alldevs, dev, dv_list);
	if (parent == NULL) {
		printf("%s at root", dev->dv_xname);
	} else {
		printf("%s at %s", dev->dv_xname, parent->dv_xname);
		if (print != NULL)
			(void)print(aux, NULL);
		device_ref(parent);
	}
	hc->attaching(dev);
	cf->cf_attach->ca_attach(parent, dev, aux);
	hc->attaching(NULL);
	return dev;
}

struct device *
config_found_sm(struct device *parent, void *aux, cfprint_t print,
    cfmatch_t submatch)
{
	struct cfdata *cf = autoconf_search(parent, aux, submatch);

	/* As if this kernel had no driver for it; a bus it always has. */
	if (cf != NULL && autoconf_bus(parent) < 0 &&
	    hc->fails("config_found"))
		cf = NULL;
	if (cf != NULL)
		return autoconf_attach(parent, cf, aux, print);
	if (print != NULL)
		printf("%s", autoconf_said[print(aux, parent->dv_xname)]);
	return NULL;
}

struct device *
config_rootfound(const char *name, void *aux)
{
	struct cfdata *cf;

	/* The tables are the kernel's: no device is to have them on its bill. */
	for (cf = cfdata; cf->cf_driver != NULL; cf++)
		autoconf_devs_grow(cf->cf_driver, 0);
	for (cf = cfdata; cf->cf_driver != NULL; cf++) {
		if (cf->cf_parent == NULL && cf->cf_fstate != FSTATE_FOUND &&
		    strcmp(cf->cf_driver->cd_name, name) == 0 &&
		    cf->cf_attach->ca_match(NULL, cf, aux) > 0)
			return autoconf_attach(NULL, cf, aux, NULL);
	}
	printf("root device %s not configured\n", name);
	return NULL;
}

int
config_deactivate(struct device *dev)
{
	const struct cfattach *ca = dev->dv_cfdata->cf_attach;
	int error = 0;

	if ((dev->dv_flags & DVF_ACTIVE) == 0)
		return 0;
	dev->dv_flags &= ~DVF_ACTIVE;
	if (ca->ca_activate != NULL)
		error = ca->ca_activate(dev, DVACT_DEACTIVATE);
	if (error != 0)
		dev->dv_flags |= DVF_ACTIVE;
	return error;
}

/* Takes dev, which is detached, out of all lists and lets it go. */
static void
autoconf_remove(struct device *dev, int flags)
{
	struct cfdata *cf = dev->dv_cfdata;
	struct cfdriver *cd = cf->cf_driver;
	struct device *d;

	TAILQ_FOREACH(d, &alldevs, dv_list) {
		if (d->dv_parent == dev)
			panic("config_detach: detached device (%s) has "
			    "children (%s)", dev->dv_xname, d->dv_xname);
	}
	if ((flags & DETACH_QUIET) == 0)
		printf("%s detached\n", dev->dv_xname);
	if (cf->cf_fstate == FSTATE_FOUND)
		cf->cf_fstate = FSTATE_NOTFOUND;
	TAILQ_REMOVE(&alldevs, dev, dv_list);
	cd->cd_devs[dev->dv_unit] = NULL;
	if (dev->dv_parent != NULL)
		device_unref(dev->dv_parent);
	device_unref(dev);
}

int
config_detach(struct device *dev, int flags)
{
	const struct cfattach *ca = dev->dv_cfdata->cf_attach;
	int error, is_ifnet = dev->dv_class == DV_IFNET;

	if (dev->dv_cfdata->cf_fstate == FSTATE_NOTFOUND)
		panic("config_detach: bad device fstate");
	error = config_deactivate(dev);
	if (error == 0)
		error = ca->ca_detach != NULL ? ca->ca_detach(dev, flags) :
		    EOPNOTSUPP;
	if (error != 0) {
		if (flags & DETACH_FORCE)
			panic("config_detach: forced detach of %s failed (%d)",
			    dev->dv_xname, error);
		dev->dv_flags |= DVF_ACTIVE;
		return error;
	}
	autoconf_remove(dev, flags);
	if (is_ifnet)
		kern_net_detached();
	return 0;
}

/* The child of parent that was attached last, NULL if there is none. */
static struct device *
autoconf_child_last(struct device *parent)
{
	struct device *d;

	TAILQ_FOREACH_REVERSE(d, &alldevs, devicelist, dv_list) {
		if (d->dv_parent == parent)
			return d;
	}
	return NULL;
}

int
config_detach_children(struct device *parent, int flags)
{
	struct device *d;
	int error;

	while ((d = autoconf_child_last(parent)) != NULL) {
		error = config_detach(d, flags);
		if (error != 0)
			return error;
	}
	return 0;
}

/* --- buses, for what a scenario asks --- */

struct device *
kern_bus_child_last(void)
{
	struct device *d;

	TAILQ_FOREACH_REVERSE(d, &alldevs, devicelist, dv_list) {
		if (autoconf_bus(d) < 0 && autoconf_bus(d->dv_parent) >= 0 &&
		    strcmp(d->dv_cfdata->cf_driver->cd_name, "ppb") != 0)
			return d;
	}
	return NULL;
}

int
kern_device_is_child(const struct device *dev, const struct device *parent)
{
	struct device *d;

	TAILQ_FOREACH(d, &alldevs, dv_list) {
		if (d == dev)
			return d->dv_parent == parent;
	}
	return 0;
}

int
kern_bus_rescan(void)
{
	struct device *d;
	int bus, n = 0;

	/* What comes is appended, and is no bus. */
	TAILQ_FOREACH(d, &alldevs, dv_list) {
		bus = autoconf_bus(d);
		if (bus >= 0)
			n += autoconf_rescans[bus](d);
	}
	return n;
}

int
config_suspend(struct device *dev, int act)
{
	const struct cfattach *ca = dev->dv_cfdata->cf_attach;

	if (ca->ca_activate != NULL)
		return ca->ca_activate(dev, act);
	return config_activate_children(dev, act);
}

int
config_activate_children(struct device *parent, int act)
{
	struct device *d;
	int error, first_error = 0;

	TAILQ_FOREACH(d, &alldevs, dv_list) {
		if (d->dv_parent != parent)
			continue;
		error = act == DVACT_DEACTIVATE ? config_deactivate(d) :
		    config_suspend(d, act);
		if (first_error == 0)
			first_error = error;
	}
	return first_error;
}

struct device *
device_lookup(struct cfdriver *cd, int unit)
{
	struct device *dev;

	if (unit < 0 || unit >= cd->cd_ndevs)
		return NULL;
	dev = cd->cd_devs[unit];
	if (dev != NULL)
		device_ref(dev);
	return dev;
}

void
device_unref(struct device *dev)
{
	if (--dev->dv_ref == 0)
		free(dev, M_DEVBUF, dev->dv_cfdata->cf_attach->ca_devsize);
}
