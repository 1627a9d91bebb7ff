# shellcheck shell=sh
# mini_tree.sh: sourced by tests: our own drivers, laid out as OpenBSD's tree.
#
#	mini_tree DIR		makes DIR/pv, DIR/pci, DIR/fdt

mini_tree() {
	mkdir -p "$1/pv" "$1/pci" "$1/fdt"
	for file in if_vio viogpu viogpu_edid virtio virtio_features; do
		cp "$VIOTAPE_SOURCE/drivers/$file.c" "$1/pv/"
	done
	cp "$VIOTAPE_SOURCE"/drivers/virtio_pci*.c "$1/pci/"
	cp "$VIOTAPE_SOURCE/drivers/virtio_mmio.c" "$1/fdt/"
	cp "$VIOTAPE_SOURCE"/drivers/dev/pv/*.h "$1/pv/"
	cp "$VIOTAPE_SOURCE"/drivers/dev/pci/*.h "$1/pci/"
}
