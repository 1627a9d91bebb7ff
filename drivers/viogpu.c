/*
 * Virtio GPU, VIRTIO 1.2 section 5.7: a console on one 2D scanout.
 *
 *	attach		GET_DISPLAY_INFO	how large scanout 0 is
 *			RESOURCE_CREATE_2D	a picture of that size
 *			ATTACH_BACKING		it has our framebuffer behind it
 *			SET_SCANOUT		scanout 0 shows it
 *	every 10 ms	TRANSFER_TO_HOST_2D	framebuffer to picture
 *			RESOURCE_FLUSH		picture to screen
 *
 * One command is under way at a time, and is polled for: it is sent from a
 * timeout and from attach, where interrupts are not to be had.  The device
 * knows the framebuffer by its bus address, clients by its physical one,
 * rasops(9) by its kernel virtual one; none of them may stand for another.
 *
 * When the host wants another size the framebuffer stays as it is, as
 * wsdisplay(4) has no way to give a terminal another one; the event is
 * acknowledged.  When the device needs a reset it gets one, and everything
 * it forgot.  Both are found in an interrupt and done by the next repaint,
 * where commands can be sent.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/device.h>
#include <sys/timeout.h>

#include <machine/bus.h>

#include <uvm/uvm_extern.h>

#include <dev/pv/virtioreg.h>
#include <dev/pv/virtiovar.h>
#include <dev/pv/viogpu.h>

#include <dev/wscons/wsconsio.h>
#include <dev/wscons/wsdisplayvar.h>
#include <dev/rasops/rasops.h>

/* Queues of the device (5.7.2). */
#define VIOGPU_VQ_CONTROL	0
#define VIOGPU_VQ_CURSOR	1
#define VIOGPU_NVQS		2

/*
 * The command page.  What the device writes begins in the middle, so that
 * no cache line of it is ever stored to by the CPU while a command is out.
 */
#define VIOGPU_CMD_OFF		0
#define VIOGPU_RESP_OFF		(PAGE_SIZE / 2)
#define VIOGPU_CMD_MAX		(VIOGPU_RESP_OFF - VIOGPU_CMD_OFF)
#define VIOGPU_RESP_MAX		(PAGE_SIZE - VIOGPU_RESP_OFF)

#define VIOGPU_CMD_TIMEOUT	5000000		/* microseconds */
#define VIOGPU_CMD_STEP		10
#define VIOGPU_CMD_PATIENCE	10000		/* then look at its status */
#define VIOGPU_REPAINT_MSEC	10
#define VIOGPU_RESTARTS_MAX	8		/* then it is given up */

#define VIOGPU_SCANOUT		0
#define VIOGPU_RESOURCE		1		/* 0 means none */
#define VIOGPU_SIZE_MAX		16384		/* pixels either way */
#define VIOGPU_TEXT_ROWS	160		/* at most */
#define VIOGPU_TEXT_COLS	160

/* Memory shared with the device: one segment, mapped and loaded. */
struct viogpu_mem {
	bus_dma_segment_t	vm_seg;
	bus_dmamap_t		vm_map;
	bus_size_t		vm_size;	/* loaded */
	bus_size_t		vm_memsize;	/* allocated: whole pages */
	caddr_t			vm_kva;		/* NULL: there is none */
};

struct viogpu_softc {
	struct device		 sc_dev;
	int			 sc_midline;	/* "viogpu0 at virtio0" */
	struct virtio_softc	*sc_virtio;
	struct virtqueue	 sc_vqs[VIOGPU_NVQS];

	struct viogpu_mem	 sc_cmd;
	uint64_t		 sc_fence;	/* of the last command */
	int			 sc_done;	/* it is back ... */
	int			 sc_done_len;	/* ... with as many bytes */
	int			 sc_dead;	/* device stopped answering */
	volatile int		 sc_changed;	/* status or configuration */
	int			 sc_restarts;
	int			 sc_attached;
	struct device		*sc_wsdisplay;

	int			 sc_width;
	int			 sc_height;
	struct viogpu_mem	 sc_fb;

	struct rasops_info	 sc_ri;
	struct wsscreen_descr	 sc_screen;
	const struct wsscreen_descr *sc_screens[1];
	struct wsscreen_list	 sc_screenlist;
	struct timeout		 sc_repaint;
};

struct viogpu_attach_backing_1 {
	struct virtio_gpu_resource_attach_backing	req;
	struct virtio_gpu_mem_entry			entry;
};

int	viogpu_match(struct device *, void *, void *);
void	viogpu_attach(struct device *, struct device *, void *);
int	viogpu_detach(struct device *, int);
int	viogpu_attach_queues(struct viogpu_softc *);
int	viogpu_attach_display(struct viogpu_softc *);
int	viogpu_attach_console(struct viogpu_softc *);
int	viogpu_create_display(struct viogpu_softc *);
int	viogpu_release(struct viogpu_softc *);
void	viogpu_prefix(struct viogpu_softc *);

int	viogpu_mem_alloc(struct viogpu_softc *, struct viogpu_mem *,
	    bus_size_t);
void	viogpu_mem_free(struct viogpu_softc *, struct viogpu_mem *);

int	viogpu_send_cmd(struct viogpu_softc *, const void *, size_t, void *,
	    size_t);
int	viogpu_post_cmd(struct viogpu_softc *, size_t, size_t);
int	viogpu_wait_cmd(struct viogpu_softc *);
int	viogpu_check_resp(struct viogpu_softc *,
	    const struct virtio_gpu_ctrl_hdr *,
	    const struct virtio_gpu_ctrl_hdr *, size_t);
int	viogpu_simple_cmd(struct viogpu_softc *, const void *, size_t);
int	viogpu_vq_done(struct virtqueue *);

int	viogpu_get_mode(struct viogpu_softc *, int *, int *);
int	viogpu_get_display_info(struct viogpu_softc *, int *, int *);
int	viogpu_get_edid(struct viogpu_softc *, int *, int *);
int	viogpu_create_2d(struct viogpu_softc *);
int	viogpu_attach_backing(struct viogpu_softc *);
int	viogpu_set_scanout(struct viogpu_softc *);
int	viogpu_transfer_to_host_2d(struct viogpu_softc *);
int	viogpu_flush(struct viogpu_softc *);

/* What the host has to say. */
int	viogpu_config_change(struct virtio_softc *);
void	viogpu_look(struct viogpu_softc *);
void	viogpu_display_event(struct viogpu_softc *);
int	viogpu_restart(struct viogpu_softc *);

/* Called by others: a timeout, and wsdisplay(4). */
void	viogpu_repaint(void *);
int	viogpu_screen_alloc(void *, const struct wsscreen_descr *, void **,
	    int *, int *, uint32_t *);
paddr_t	viogpu_wsmmap(void *, off_t, int);
int	viogpu_wsioctl(void *, u_long, caddr_t, int, struct proc *);

const struct cfattach viogpu_ca = {
	.ca_devsize = sizeof(struct viogpu_softc),
	.ca_match = viogpu_match,
	.ca_attach = viogpu_attach,
	.ca_detach = viogpu_detach,
};

struct cfdriver viogpu_cd = {
	.cd_name = "viogpu",
	.cd_class = DV_DULL,
	.cd_mode = CD_COCOVM,
};

/* Text is rasops(9)'s work; the framebuffer is ours. */
struct wsdisplay_accessops viogpu_accessops = {
	.alloc_screen = viogpu_screen_alloc,
	.show_screen = rasops_show_screen,
	.free_screen = rasops_free_screen,
	.scrollback = rasops_scrollback,
	.getchar = rasops_getchar,
	.list_font = rasops_list_font,
	.load_font = rasops_load_font,
	.mmap = viogpu_wsmmap,
	.ioctl = viogpu_wsioctl,
};

static const struct virtio_feature_name viogpu_feature_names[] = {
	{ VIRTIO_GPU_F_VIRGL,		"Virgl" },
	{ VIRTIO_GPU_F_EDID,		"Edid" },
	{ VIRTIO_GPU_F_RESOURCE_UUID,	"ResourceUuid" },
	{ VIRTIO_GPU_F_RESOURCE_BLOB,	"ResourceBlob" },
	{ VIRTIO_GPU_F_CONTEXT_INIT,	"ContextInit" },
	{ 0,				NULL }
};

/*
 * Autoconf
 */
int
viogpu_match(struct device *parent, void *match, void *aux)
{
	struct virtio_attach_args *va = aux;

	return va->va_devid == PCI_PRODUCT_VIRTIO_GPU;
}

void
viogpu_attach(struct device *parent, struct device *self, void *aux)
{
	struct wsemuldisplaydev_attach_args display;
	struct virtio_softc *vsc = (struct virtio_softc *)parent;
	struct viogpu_softc *sc = (struct viogpu_softc *)self;
	int error;

	if (vsc->sc_child != NULL) {
		printf(": %s has a driver already\n", parent->dv_xname);
		return;
	}
	vsc->sc_child = self;
	vsc->sc_ipl = IPL_TTY;
	vsc->sc_config_change = viogpu_config_change;
	vsc->sc_driver_features = VIRTIO_GPU_F_EDID;
	sc->sc_virtio = vsc;
	sc->sc_midline = 1;

	error = virtio_negotiate_features(vsc, viogpu_feature_names);
	if (error != 0) {
		viogpu_prefix(sc);
		printf("cannot agree on features: %d\n", error);
		goto fail;
	}
	if (!vsc->sc_version_1) {
		viogpu_prefix(sc);
		printf("needs virtio version 1\n");
		goto fail;
	}

	error = viogpu_attach_queues(sc);
	if (error == 0) {
		error = virtio_attach_finish(vsc, aux);
		if (error != 0) {
			viogpu_prefix(sc);
			printf("cannot start the device: %d\n", error);
		}
	}
	if (error != 0)
		goto fail;
	if (viogpu_attach_display(sc) != 0)
		goto fail;
	if (viogpu_attach_console(sc) != 0)
		goto fail;

	sc->sc_attached = 1;

	memset(&display, 0, sizeof(display));
	display.console = 1;
	display.accesscookie = &sc->sc_ri;
	display.accessops = &viogpu_accessops;
	display.scrdata = &sc->sc_screenlist;
	sc->sc_wsdisplay = config_found_sm(self, &display,
	    wsemuldisplaydevprint, wsemuldisplaydevsubmatch);
	return;

fail:
	(void)viogpu_release(sc);
	vsc->sc_child = VIRTIO_CHILD_ERROR;
}

/* Without a wsdisplay, the console would go on drawing on what is freed. */
int
viogpu_detach(struct device *self, int flags)
{
	struct viogpu_softc *sc = (struct viogpu_softc *)self;
	int error;

	/* An attach that failed has given everything back. */
	if (!sc->sc_attached)
		return 0;
	if (sc->sc_wsdisplay == NULL)
		return EBUSY;
	error = config_detach_children(self, flags);
	if (error != 0)
		return error;
	sc->sc_attached = 0;
	timeout_del_barrier(&sc->sc_repaint);
	error = viogpu_release(sc);
	sc->sc_virtio->sc_child = NULL;
	return flags & DETACH_FORCE ? 0 : error;
}

/* Queues and the command page; prints why not. */
int
viogpu_attach_queues(struct viogpu_softc *sc)
{
	struct virtio_softc *vsc = sc->sc_virtio;
	int error;

	vsc->sc_vqs = sc->sc_vqs;
	vsc->sc_nvqs = VIOGPU_NVQS;

	error = virtio_alloc_vq(vsc, &sc->sc_vqs[VIOGPU_VQ_CONTROL],
	    VIOGPU_VQ_CONTROL, 2, "control");
	if (error == 0) {
		sc->sc_vqs[VIOGPU_VQ_CONTROL].vq_done = viogpu_vq_done;
		error = virtio_alloc_vq(vsc, &sc->sc_vqs[VIOGPU_VQ_CURSOR],
		    VIOGPU_VQ_CURSOR, 1, "cursor");
	}
	if (error != 0) {
		viogpu_prefix(sc);
		printf("no queues: %d\n", error);
		return error;
	}

	error = viogpu_mem_alloc(sc, &sc->sc_cmd, PAGE_SIZE);
	if (error != 0) {
		viogpu_prefix(sc);
		printf("no memory for commands: %d\n", error);
	}
	return error;
}

/* Have the device show a framebuffer of ours; prints why not. */
int
viogpu_attach_display(struct viogpu_softc *sc)
{
	int error;

	error = viogpu_get_mode(sc, &sc->sc_width, &sc->sc_height);
	if (error != 0) {
		viogpu_prefix(sc);
		printf("no display: %d\n", error);
		return error;
	}
	error = viogpu_mem_alloc(sc, &sc->sc_fb,
	    (bus_size_t)sc->sc_width * sc->sc_height * 4);
	if (error != 0) {
		viogpu_prefix(sc);
		printf("no memory for %dx%d: %d\n", sc->sc_width,
		    sc->sc_height, error);
		return error;
	}
	error = viogpu_create_display(sc);
	if (error != 0) {
		viogpu_prefix(sc);
		printf("cannot set up the display: %d\n", error);
	}
	return error;
}

/* What the device has to know, and forgets in a reset. */
int
viogpu_create_display(struct viogpu_softc *sc)
{
	int error;

	error = viogpu_create_2d(sc);
	if (error == 0)
		error = viogpu_attach_backing(sc);
	if (error == 0)
		error = viogpu_set_scanout(sc);
	return error;
}

/* Text on the framebuffer; prints what there is, or why not. */
int
viogpu_attach_console(struct viogpu_softc *sc)
{
	struct rasops_info *ri = &sc->sc_ri;
	uint32_t attr;
	int error;

	ri->ri_hw = sc;
	ri->ri_bits = (u_char *)sc->sc_fb.vm_kva;
	ri->ri_width = sc->sc_width;
	ri->ri_height = sc->sc_height;
	ri->ri_depth = 32;
	ri->ri_stride = sc->sc_width * 4;
	ri->ri_flg = RI_VCONS | RI_CENTER | RI_CLEAR | RI_WRONLY;
	/* B8G8R8X8: blue is the first byte */
	ri->ri_bnum = ri->ri_gnum = ri->ri_rnum = 8;
	ri->ri_bpos = 0;
	ri->ri_gpos = 8;
	ri->ri_rpos = 16;
	error = rasops_init(ri, VIOGPU_TEXT_ROWS, VIOGPU_TEXT_COLS);
	if (error != 0) {
		viogpu_prefix(sc);
		printf("rasops failed: %d\n", error);
		return error;
	}

	strlcpy(sc->sc_screen.name, "std", sizeof(sc->sc_screen.name));
	sc->sc_screen.nrows = ri->ri_rows;
	sc->sc_screen.ncols = ri->ri_cols;
	sc->sc_screen.textops = &ri->ri_ops;
	sc->sc_screen.fontwidth = ri->ri_font->fontwidth;
	sc->sc_screen.fontheight = ri->ri_font->fontheight;
	sc->sc_screen.capabilities = ri->ri_caps;
	sc->sc_screens[0] = &sc->sc_screen;
	sc->sc_screenlist.nscreens = nitems(sc->sc_screens);
	sc->sc_screenlist.screens = sc->sc_screens;

	viogpu_prefix(sc);
	printf("%dx%d, %dbpp\n", ri->ri_width, ri->ri_height, ri->ri_depth);

	timeout_set(&sc->sc_repaint, viogpu_repaint, sc);
	viogpu_repaint(sc);

	ri->ri_ops.pack_attr(ri->ri_active, 0, 0, 0, &attr);
	wsdisplay_cnattach(&sc->sc_screen, ri->ri_active, 0, 0, attr);
	return 0;
}

/* Undo what attach did.  First the device has to let go. */
int
viogpu_release(struct viogpu_softc *sc)
{
	struct virtio_softc *vsc = sc->sc_virtio;
	int i;

	vsc->sc_config_change = NULL;
	virtio_reset(vsc);
	if (virtio_get_status(vsc) & VIRTIO_CONFIG_DEVICE_STATUS_DRIVER_OK) {
		/* Better lost than written to by the device. */
		viogpu_prefix(sc);
		printf("device does not let go of its memory\n");
		return EBUSY;
	}
	viogpu_mem_free(sc, &sc->sc_fb);
	viogpu_mem_free(sc, &sc->sc_cmd);
	for (i = 0; i < VIOGPU_NVQS; i++)
		virtio_free_vq(vsc, &sc->sc_vqs[i]);
	vsc->sc_nvqs = 0;
	vsc->sc_vqs = NULL;
	return 0;
}

/* Begin a message: attach leaves a line open for the first one. */
void
viogpu_prefix(struct viogpu_softc *sc)
{
	if (!sc->sc_midline)
		printf("%s", sc->sc_dev.dv_xname);
	sc->sc_midline = 0;
	printf(": ");
}

/*
 * Memory
 */
int
viogpu_mem_alloc(struct viogpu_softc *sc, struct viogpu_mem *vm,
    bus_size_t size)
{
	bus_dma_tag_t dmat = sc->sc_virtio->sc_dmat;
	int nsegs, error;

	/* Whole pages: clients may map the last one. */
	vm->vm_size = size;
	vm->vm_memsize = roundup(size, PAGE_SIZE);

	error = bus_dmamem_alloc(dmat, vm->vm_memsize, PAGE_SIZE, 0,
	    &vm->vm_seg, 1, &nsegs, BUS_DMA_NOWAIT | BUS_DMA_ZERO);
	if (error != 0)
		return error;
	error = bus_dmamem_map(dmat, &vm->vm_seg, nsegs, vm->vm_memsize,
	    &vm->vm_kva, BUS_DMA_NOWAIT);
	if (error != 0)
		goto free;
	error = bus_dmamap_create(dmat, size, 1, size, 0,
	    BUS_DMA_NOWAIT | BUS_DMA_ALLOCNOW | BUS_DMA_64BIT, &vm->vm_map);
	if (error != 0)
		goto unmap;
	error = bus_dmamap_load(dmat, vm->vm_map, vm->vm_kva, size, NULL,
	    BUS_DMA_NOWAIT);
	if (error != 0)
		goto destroy;
	return 0;

destroy:
	bus_dmamap_destroy(dmat, vm->vm_map);
unmap:
	bus_dmamem_unmap(dmat, vm->vm_kva, vm->vm_memsize);
free:
	bus_dmamem_free(dmat, &vm->vm_seg, 1);
	vm->vm_kva = NULL;
	return error;
}

void
viogpu_mem_free(struct viogpu_softc *sc, struct viogpu_mem *vm)
{
	bus_dma_tag_t dmat = sc->sc_virtio->sc_dmat;

	if (vm->vm_kva == NULL)
		return;
	bus_dmamap_unload(dmat, vm->vm_map);
	bus_dmamem_unmap(dmat, vm->vm_kva, vm->vm_memsize);
	bus_dmamem_free(dmat, &vm->vm_seg, 1);
	bus_dmamap_destroy(dmat, vm->vm_map);
	vm->vm_kva = NULL;
}

/*
 * Commands
 */

/*
 * Send a command and copy its response, of which resp_size bytes must come.
 * Returns 0 if the device answered this command in full; whether the answer
 * is the one wanted is for the caller to see.
 */
int
viogpu_send_cmd(struct viogpu_softc *sc, const void *cmd, size_t cmd_size,
    void *resp, size_t resp_size)
{
	struct virtio_softc *vsc = sc->sc_virtio;
	caddr_t kva = sc->sc_cmd.vm_kva;
	struct virtio_gpu_ctrl_hdr *hdr;
	int error, s;

	KASSERT(cmd_size <= VIOGPU_CMD_MAX && resp_size <= VIOGPU_RESP_MAX);
	if (sc->sc_dead)
		return EIO;
	s = spltty();

	memcpy(kva + VIOGPU_CMD_OFF, cmd, cmd_size);
	hdr = (struct virtio_gpu_ctrl_hdr *)(kva + VIOGPU_CMD_OFF);
	hdr->flags |= VIRTIO_GPU_FLAG_FENCE;
	hdr->fence_id = ++sc->sc_fence;

	bus_dmamap_sync(vsc->sc_dmat, sc->sc_cmd.vm_map, VIOGPU_CMD_OFF,
	    cmd_size, BUS_DMASYNC_PREWRITE);
	bus_dmamap_sync(vsc->sc_dmat, sc->sc_cmd.vm_map, VIOGPU_RESP_OFF,
	    resp_size, BUS_DMASYNC_PREREAD);

	error = viogpu_post_cmd(sc, cmd_size, resp_size);
	if (error == 0)
		error = viogpu_wait_cmd(sc);
	if (error != 0)
		goto done;

	bus_dmamap_sync(vsc->sc_dmat, sc->sc_cmd.vm_map, VIOGPU_CMD_OFF,
	    cmd_size, BUS_DMASYNC_POSTWRITE);
	bus_dmamap_sync(vsc->sc_dmat, sc->sc_cmd.vm_map, VIOGPU_RESP_OFF,
	    resp_size, BUS_DMASYNC_POSTREAD);
	memcpy(resp, kva + VIOGPU_RESP_OFF, resp_size);

	error = viogpu_check_resp(sc, cmd, resp, resp_size);
done:
	splx(s);
	return error;
}

/* Two descriptors of the command page: one to read, one to write. */
int
viogpu_post_cmd(struct viogpu_softc *sc, size_t cmd_size, size_t resp_size)
{
	struct virtio_softc *vsc = sc->sc_virtio;
	struct virtqueue *vq = &sc->sc_vqs[VIOGPU_VQ_CONTROL];
	int slot, error;

	error = virtio_enqueue_prep(vq, &slot);
	if (error == 0)
		error = virtio_enqueue_reserve(vq, slot, 2);
	if (error != 0) {
		viogpu_prefix(sc);
		printf("no room for a command\n");
		return error;
	}

	sc->sc_done = 0;
	virtio_enqueue_p(vq, slot, sc->sc_cmd.vm_map, VIOGPU_CMD_OFF,
	    cmd_size, 1);
	virtio_enqueue_p(vq, slot, sc->sc_cmd.vm_map, VIOGPU_RESP_OFF,
	    resp_size, 0);
	virtio_enqueue_commit(vsc, vq, slot, 1);
	return 0;
}

/*
 * A device that does not come back still owns the command page: it is
 * reset, and the screen stays as it is.
 */
int
viogpu_wait_cmd(struct viogpu_softc *sc)
{
	struct virtio_softc *vsc = sc->sc_virtio;
	struct virtqueue *vq = &sc->sc_vqs[VIOGPU_VQ_CONTROL];
	int us;

	for (us = 0; us < VIOGPU_CMD_TIMEOUT; us += VIOGPU_CMD_STEP) {
		virtio_check_vq(vsc, vq);
		if (sc->sc_done)
			return 0;
		if (us % VIOGPU_CMD_PATIENCE == VIOGPU_CMD_PATIENCE -
		    VIOGPU_CMD_STEP && (virtio_get_status(vsc) &
		    VIRTIO_CONFIG_DEVICE_STATUS_DEVICE_NEEDS_RESET)) {
			sc->sc_changed = 1;
			return EIO;
		}
		delay(VIOGPU_CMD_STEP);
	}

	viogpu_prefix(sc);
	printf("command %llu timed out\n", (unsigned long long)sc->sc_fence);
	sc->sc_dead = 1;
	virtio_reset(vsc);
	virtio_set_status(vsc, VIRTIO_CONFIG_DEVICE_STATUS_FAILED);
	return EIO;
}

/* Called by the poll above, and by an interrupt that comes first. */
int
viogpu_vq_done(struct virtqueue *vq)
{
	struct viogpu_softc *sc =
	    (struct viogpu_softc *)vq->vq_owner->sc_child;
	int len, slot, found;

	found = virtio_dequeue(sc->sc_virtio, vq, &slot, &len) == 0;
	if (found) {
		virtio_dequeue_commit(vq, slot);
		sc->sc_done_len = len;
		sc->sc_done = 1;
	}
	return found;
}

/*
 * Is this the answer to our last command?  An error is a bare header, and
 * complete; anything else has to fill resp_size bytes.
 */
int
viogpu_check_resp(struct viogpu_softc *sc,
    const struct virtio_gpu_ctrl_hdr *cmd,
    const struct virtio_gpu_ctrl_hdr *resp, size_t resp_size)
{
	size_t len = sc->sc_done_len;

	if (len < sizeof(*resp)) {
		viogpu_prefix(sc);
		printf("command 0x%x: response of %zu bytes\n", cmd->type, len);
		return EIO;
	}
	if ((resp->flags & VIRTIO_GPU_FLAG_FENCE) == 0 ||
	    resp->fence_id != sc->sc_fence) {
		viogpu_prefix(sc);
		printf("command 0x%x: fence %llu, expected %llu\n", cmd->type,
		    (unsigned long long)resp->fence_id,
		    (unsigned long long)sc->sc_fence);
		return EIO;
	}
	if (resp->type >= VIRTIO_GPU_RESP_ERR_UNSPEC) {
		viogpu_prefix(sc);
		printf("command 0x%x: error 0x%x\n", cmd->type, resp->type);
		return EIO;
	}
	if (len < resp_size) {
		viogpu_prefix(sc);
		printf("command 0x%x: response 0x%x of %zu bytes\n",
		    cmd->type, resp->type, len);
		return EIO;
	}
	return 0;
}

/* A command that is answered by success alone. */
int
viogpu_simple_cmd(struct viogpu_softc *sc, const void *cmd, size_t cmd_size)
{
	struct virtio_gpu_ctrl_hdr resp;
	int error;

	error = viogpu_send_cmd(sc, cmd, cmd_size, &resp, sizeof(resp));
	if (error != 0)
		return error;
	if (resp.type != VIRTIO_GPU_RESP_OK_NODATA) {
		viogpu_prefix(sc);
		printf("response 0x%x, expected 0x%x\n", resp.type,
		    VIRTIO_GPU_RESP_OK_NODATA);
		return EIO;
	}
	return 0;
}

/*
 * How large the display is: as the host says now, or else as its EDID says
 * that it would like to be.
 */
int
viogpu_get_mode(struct viogpu_softc *sc, int *width, int *height)
{
	int error;

	error = viogpu_get_display_info(sc, width, height);
	if (error != 0 && viogpu_get_edid(sc, width, height) == 0)
		error = 0;
	return error;
}

int
viogpu_get_display_info(struct viogpu_softc *sc, int *width, int *height)
{
	struct virtio_gpu_ctrl_hdr cmd = {
		.type = VIRTIO_GPU_CMD_GET_DISPLAY_INFO
	};
	struct virtio_gpu_resp_display_info info;
	const struct virtio_gpu_display_one *pmode;
	int error;

	error = viogpu_send_cmd(sc, &cmd, sizeof(cmd), &info, sizeof(info));
	if (error != 0)
		return error;
	if (info.hdr.type != VIRTIO_GPU_RESP_OK_DISPLAY_INFO)
		return EIO;

	pmode = &info.pmodes[VIOGPU_SCANOUT];
	if (!pmode->enabled)
		return ENXIO;
	if (pmode->r.width == 0 || pmode->r.width > VIOGPU_SIZE_MAX ||
	    pmode->r.height == 0 || pmode->r.height > VIOGPU_SIZE_MAX)
		return EINVAL;
	*width = pmode->r.width;
	*height = pmode->r.height;
	return 0;
}

int
viogpu_get_edid(struct viogpu_softc *sc, int *width, int *height)
{
	struct virtio_gpu_get_edid cmd = {
		.hdr.type = VIRTIO_GPU_CMD_GET_EDID,
		.scanout = VIOGPU_SCANOUT,
	};
	struct virtio_gpu_resp_edid resp;
	int error;

	if (!virtio_has_feature(sc->sc_virtio, VIRTIO_GPU_F_EDID))
		return ENOTSUP;
	error = viogpu_send_cmd(sc, &cmd, sizeof(cmd), &resp, sizeof(resp));
	if (error != 0)
		return error;
	if (resp.hdr.type != VIRTIO_GPU_RESP_OK_EDID ||
	    resp.size > sizeof(resp.edid))
		return EIO;
	return viogpu_edid_mode(resp.edid, resp.size, width, height);
}

int
viogpu_create_2d(struct viogpu_softc *sc)
{
	struct virtio_gpu_resource_create_2d cmd = {
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_CREATE_2D,
		.resource_id = VIOGPU_RESOURCE,
		.format = VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM,
		.width = sc->sc_width,
		.height = sc->sc_height,
	};

	return viogpu_simple_cmd(sc, &cmd, sizeof(cmd));
}

int
viogpu_attach_backing(struct viogpu_softc *sc)
{
	bus_dmamap_t map = sc->sc_fb.vm_map;
	struct viogpu_attach_backing_1 cmd = {
		.req.hdr.type = VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING,
		.req.resource_id = VIOGPU_RESOURCE,
		.req.nr_entries = 1,
		.entry.addr = map->dm_segs[0].ds_addr,
		.entry.length = map->dm_segs[0].ds_len,
	};

	/* The map was created for one segment. */
	KASSERT(map->dm_nsegs == 1);
	return viogpu_simple_cmd(sc, &cmd, sizeof(cmd));
}

int
viogpu_set_scanout(struct viogpu_softc *sc)
{
	struct virtio_gpu_set_scanout cmd = {
		.hdr.type = VIRTIO_GPU_CMD_SET_SCANOUT,
		.r.width = sc->sc_width,
		.r.height = sc->sc_height,
		.scanout_id = VIOGPU_SCANOUT,
		.resource_id = VIOGPU_RESOURCE,
	};

	return viogpu_simple_cmd(sc, &cmd, sizeof(cmd));
}

/* The device reads the framebuffer between the two syncs. */
int
viogpu_transfer_to_host_2d(struct viogpu_softc *sc)
{
	struct virtio_softc *vsc = sc->sc_virtio;
	struct virtio_gpu_transfer_to_host_2d cmd = {
		.hdr.type = VIRTIO_GPU_CMD_TRANSFER_TO_HOST_2D,
		.r.width = sc->sc_width,
		.r.height = sc->sc_height,
		.resource_id = VIOGPU_RESOURCE,
	};
	int error;

	bus_dmamap_sync(vsc->sc_dmat, sc->sc_fb.vm_map, 0, sc->sc_fb.vm_size,
	    BUS_DMASYNC_PREWRITE);
	error = viogpu_simple_cmd(sc, &cmd, sizeof(cmd));
	bus_dmamap_sync(vsc->sc_dmat, sc->sc_fb.vm_map, 0, sc->sc_fb.vm_size,
	    BUS_DMASYNC_POSTWRITE);
	return error;
}

int
viogpu_flush(struct viogpu_softc *sc)
{
	struct virtio_gpu_resource_flush cmd = {
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_FLUSH,
		.r.width = sc->sc_width,
		.r.height = sc->sc_height,
		.resource_id = VIOGPU_RESOURCE,
	};

	return viogpu_simple_cmd(sc, &cmd, sizeof(cmd));
}

/*
 * What the host has to say
 */

/* In an interrupt: the next repaint looks. */
int
viogpu_config_change(struct virtio_softc *vsc)
{
	struct viogpu_softc *sc = (struct viogpu_softc *)vsc->sc_child;

	sc->sc_changed = 1;
	return 1;
}

void
viogpu_look(struct viogpu_softc *sc)
{
	struct virtio_softc *vsc = sc->sc_virtio;
	uint32_t events;

	sc->sc_changed = 0;
	if (virtio_get_status(vsc) &
	    VIRTIO_CONFIG_DEVICE_STATUS_DEVICE_NEEDS_RESET) {
		viogpu_prefix(sc);
		printf("device needs a reset\n");
		/* It may go better the next time. */
		while (sc->sc_restarts++ < VIOGPU_RESTARTS_MAX)
			if (viogpu_restart(sc) == 0)
				return;
		viogpu_prefix(sc);
		printf("device does not come back\n");
		sc->sc_dead = 1;
		virtio_reset(vsc);
		virtio_set_status(vsc, VIRTIO_CONFIG_DEVICE_STATUS_FAILED);
		return;
	}

	events = virtio_read_device_config_4(vsc,
	    offsetof(struct virtio_gpu_config, events_read));
	if ((events & VIRTIO_GPU_EVENT_DISPLAY) == 0)
		return;
	/* Cleared first: what comes after it is another event. */
	virtio_write_device_config_4(vsc,
	    offsetof(struct virtio_gpu_config, events_clear),
	    VIRTIO_GPU_EVENT_DISPLAY);
	viogpu_display_event(sc);
}

/* The screen stays; say so, if there is a difference. */
void
viogpu_display_event(struct viogpu_softc *sc)
{
	int width, height;

	if (viogpu_get_mode(sc, &width, &height) != 0) {
		viogpu_prefix(sc);
		printf("host shows no display\n");
	} else if (width != sc->sc_width || height != sc->sc_height) {
		viogpu_prefix(sc);
		printf("host would show %dx%d, screen stays %dx%d\n", width,
		    height, sc->sc_width, sc->sc_height);
	}
}

/* Reset the device and tell it again all that it knew. */
int
viogpu_restart(struct viogpu_softc *sc)
{
	struct virtio_softc *vsc = sc->sc_virtio;

	virtio_reset(vsc);
	if (virtio_get_status(vsc) != 0)
		return EIO;
	virtio_reinit_start(vsc);
	virtio_reinit_end(vsc);
	if ((virtio_get_status(vsc) &
	    VIRTIO_CONFIG_DEVICE_STATUS_DRIVER_OK) == 0)
		return EIO;
	return viogpu_create_display(sc);
}

/* A command that failed may succeed next time, but not on a dead device. */
void
viogpu_repaint(void *arg)
{
	struct viogpu_softc *sc = arg;
	int s;

	s = spltty();
	if (sc->sc_changed && !sc->sc_dead)
		viogpu_look(sc);
	if (viogpu_transfer_to_host_2d(sc) == 0)
		viogpu_flush(sc);
	if (!sc->sc_dead)
		timeout_add_msec(&sc->sc_repaint, VIOGPU_REPAINT_MSEC);
	splx(s);
}

/*
 * wsdisplay(4)
 */
int
viogpu_wsioctl(void *v, u_long cmd, caddr_t data, int flag, struct proc *p)
{
	struct rasops_info *ri = v;
	struct wsdisplay_fbinfo *fb;

	switch (cmd) {
	case WSDISPLAYIO_GTYPE:
		*(u_int *)data = WSDISPLAY_TYPE_VIOGPU;
		return 0;
	case WSDISPLAYIO_GINFO:
		fb = (struct wsdisplay_fbinfo *)data;
		fb->height = ri->ri_height;
		fb->width = ri->ri_width;
		fb->depth = ri->ri_depth;
		fb->stride = ri->ri_stride;
		fb->offset = 0;
		fb->cmsize = 0;
		return 0;
	case WSDISPLAYIO_LINEBYTES:
		*(u_int *)data = ri->ri_stride;
		return 0;
	case WSDISPLAYIO_GETSUPPORTEDDEPTH:
		*(u_int *)data = WSDISPLAYIO_DEPTH_24_32;
		return 0;
	case WSDISPLAYIO_GETPARAM:
		if (ws_get_param == NULL)
			return -1;
		return ws_get_param((struct wsdisplay_param *)data);
	case WSDISPLAYIO_SETPARAM:
		if (ws_set_param == NULL)
			return -1;
		return ws_set_param((struct wsdisplay_param *)data);
	case WSDISPLAYIO_SMODE:
	case WSDISPLAYIO_GVIDEO:
	case WSDISPLAYIO_SVIDEO:
		return 0;
	default:
		return -1;
	}
}

/*
 * A page of the framebuffer for a client, cached as the kernel's mapping is,
 * so that the sync before a transfer covers its stores as well.
 */
paddr_t
viogpu_wsmmap(void *cookie, off_t off, int prot)
{
	struct viogpu_softc *sc = ((struct rasops_info *)cookie)->ri_hw;

	if (off < 0 || (bus_size_t)off >= sc->sc_fb.vm_size)
		return -1;
	return bus_dmamem_mmap(sc->sc_virtio->sc_dmat, &sc->sc_fb.vm_seg, 1,
	    off, prot, BUS_DMA_WAITOK);
}

int
viogpu_screen_alloc(void *cookie, const struct wsscreen_descr *descr,
    void **screen, int *column, int *row, uint32_t *attr)
{
	return rasops_alloc_screen(cookie, screen, column, row, attr);
}
