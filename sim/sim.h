/*
 * sim.h: the one header of the simulator for harness/.
 */
#ifndef VIOTAPE_SIM_H
#define VIOTAPE_SIM_H

#include "bytes.h"
#include "check.h"
#include "digest.h"
#include "error.h"
#include "host.h"
#include "prng.h"

#include "event.h"
#include "trace.h"

#include "boundary.h"
#include "machine.h"
#include "machine_desc.h"

#include "gpu2d.h"
#include "gpu_device.h"
#include "net_control.h"
#include "net_device.h"
#include "net_frame.h"
#include "net_header.h"
#include "net_peer.h"
#include "net_spec.h"
#include "virtio_core.h"
#include "virtio_mmio_device.h"
#include "virtio_mmio_spec.h"
#include "virtio_pci_device.h"
#include "virtio_pci_layout.h"
#include "virtio_pci_spec.h"
#include "virtio_transport.h"
#include "virtio_watch.h"
#include "virtio_spec.h"
#include "vring.h"

#include "guest.h"

#include "builtin_host.h"
#include "display_oracle.h"
#include "finding.h"
#include "litmus.h"
#include "mutate.h"
#include "net_oracle.h"
#include "net_packets.h"
#include "replay_host.h"
#include "explore.h"
#include "run.h"
#include "run_pack.h"
#include "scenario.h"
#include "stop.h"

#endif
