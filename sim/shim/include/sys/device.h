/*
 * Devices and how drivers are matched to them, autoconf(9), <sys/device.h>.
 */
#ifndef _SYS_DEVICE_H_
#define _SYS_DEVICE_H_

#include <sys/types.h>
#include <sys/queue.h>

enum devclass {
	DV_DULL,
	DV_CPU,
	DV_DISK,
	DV_IFNET,
	DV_TAPE,
	DV_TTY
};

/* Acts of ca_activate. */
#define DVACT_DEACTIVATE	1
#define DVACT_QUIESCE		2
#define DVACT_SUSPEND		3
#define DVACT_RESUME		4
#define DVACT_WAKEUP		5
#define DVACT_POWERDOWN		6

/* Every softc begins with one. */
struct device {
	enum devclass		 dv_class;
	TAILQ_ENTRY(device)	 dv_list;
	struct cfdata		*dv_cfdata;
	int			 dv_unit;
	char			 dv_xname[16];	/* "viogpu0" */
	struct device		*dv_parent;
	int			 dv_flags;
	int			 dv_ref;
};

#define DVF_ACTIVE	0x0001

TAILQ_HEAD(devicelist, device);
extern struct devicelist alldevs;

/* One line of the kernel's configuration; kern_ioconf.c has them all. */
struct cfdata {
	const struct cfattach	*cf_attach;
	struct cfdriver		*cf_driver;
	short			 cf_unit;	/* next unit to give */
	short			 cf_fstate;
	long			*cf_loc;	/* locators */
	int			 cf_flags;
	const char		*cf_parent;	/* driver's name; NULL: root */
};

#define FSTATE_NOTFOUND	0
#define FSTATE_FOUND	1
#define FSTATE_STAR	2			/* any number of them */

typedef int (*cfmatch_t)(struct device *, void *, void *);

struct cfattach {
	size_t		ca_devsize;
	cfmatch_t	ca_match;	/* parent, cfdata or softc, aux */
	void		(*ca_attach)(struct device *, struct device *, void *);
	int		(*ca_detach)(struct device *, int);
	int		(*ca_activate)(struct device *, int);
};

/* Flags of config_detach(9). */
#define DETACH_FORCE	0x01
#define DETACH_QUIET	0x02

struct cfdriver {
	void		**cd_devs;	/* by unit; NULL where none */
	const char	*cd_name;
	enum devclass	 cd_class;
	int		 cd_mode;
	int		 cd_ndevs;
};

/* cd_mode */
#define CD_INDIRECT		1	/* match gets a softc, not a cfdata */
#define CD_SKIPHIBERNATE	2
#define CD_COCOVM		4	/* fit for a confidential guest */

/* What a print function returns. */
typedef int (*cfprint_t)(void *, const char *);
#define QUIET	0
#define UNCONF	1
#define UNSUPP	2

struct device *config_found_sm(struct device *, void *, cfprint_t, cfmatch_t);
#define config_found(d, a, p)	config_found_sm((d), (a), (p), NULL)
struct device *config_rootfound(const char *, void *);
int config_detach(struct device *, int);
int config_detach_children(struct device *, int);
int config_activate_children(struct device *, int);
int config_suspend(struct device *, int);
int config_deactivate(struct device *);
struct device *device_lookup(struct cfdriver *, int);
#define device_ref(d)		((void)(d)->dv_ref++)
void device_unref(struct device *);

#endif
