/*
 * net_spec.h: facts of the VIRTIO 1.2 specification about the network device
 * (5.1).  Offsets and sizes are in bytes; fields are little-endian.
 */
#ifndef VIOTAPE_NET_SPEC_H
#define VIOTAPE_NET_SPEC_H

/* Queues (5.1.2): pair n has its rx at 2n and its tx at 2n + 1, the control
   queue comes behind all pairs. */
#define NET_QUEUE_RX(pair)		(2u * (pair))
#define NET_QUEUE_TX(pair)		(2u * (pair) + 1u)

/* Feature bits, numbers of bits (5.1.3). */
#define NET_BIT_CSUM			0
#define NET_BIT_GUEST_CSUM		1
#define NET_BIT_CTRL_GUEST_OFFLOADS	2
#define NET_BIT_MTU			3
#define NET_BIT_MAC			5
#define NET_BIT_GSO			6	/* legacy */
#define NET_BIT_GUEST_TSO4		7
#define NET_BIT_GUEST_TSO6		8
#define NET_BIT_GUEST_ECN		9
#define NET_BIT_GUEST_UFO		10
#define NET_BIT_HOST_TSO4		11
#define NET_BIT_HOST_TSO6		12
#define NET_BIT_HOST_ECN		13
#define NET_BIT_HOST_UFO		14
#define NET_BIT_MRG_RXBUF		15
#define NET_BIT_STATUS			16
#define NET_BIT_CTRL_VQ			17
#define NET_BIT_CTRL_RX			18
#define NET_BIT_CTRL_VLAN		19
#define NET_BIT_CTRL_RX_EXTRA		20
#define NET_BIT_GUEST_ANNOUNCE		21
#define NET_BIT_MQ			22
#define NET_BIT_CTRL_MAC_ADDR		23
#define NET_BIT_GUEST_USO4		54
#define NET_BIT_GUEST_USO6		55
#define NET_BIT_HOST_USO		56
#define NET_BIT_HASH_REPORT		57
#define NET_BIT_GUEST_HDRLEN		59
#define NET_BIT_RSS			60
#define NET_BIT_RSC_EXT			61
#define NET_BIT_STANDBY			62
#define NET_BIT_SPEED_DUPLEX		63

/* Device configuration (5.1.4). */
#define NET_CONFIG_MAC			0	/* 6 bytes */
#define NET_CONFIG_STATUS		6	/* 16 bits */
#define NET_CONFIG_MAX_PAIRS		8	/* 16 */
#define NET_CONFIG_MTU			10	/* 16 */
#define NET_CONFIG_SIZE			12u
#define NET_S_LINK_UP			1u
#define NET_S_ANNOUNCE			2u
#define NET_MTU_MIN			68u	/* 5.1.4.1 */

/* struct virtio_net_hdr (5.1.6). */
#define NET_HDR_FLAGS			0	/* 8 bits */
#define NET_HDR_GSO_TYPE		1	/* 8 */
#define NET_HDR_HDR_LEN			2	/* 16 */
#define NET_HDR_GSO_SIZE		4	/* 16 */
#define NET_HDR_CSUM_START		6	/* 16 */
#define NET_HDR_CSUM_OFFSET		8	/* 16 */
#define NET_HDR_NUM_BUFFERS		10	/* 16 */
#define NET_HDR_SIZE			12u
#define NET_HDR_SIZE_LEGACY		10u	/* 5.1.6.1: legacy, no MRG_RXBUF */

#define NET_HDR_F_NEEDS_CSUM		0x01u
#define NET_HDR_F_DATA_VALID		0x02u
#define NET_HDR_F_RSC_INFO		0x04u

#define NET_GSO_NONE			0u
#define NET_GSO_TCPV4			1u
#define NET_GSO_UDP			3u
#define NET_GSO_TCPV6			4u
#define NET_GSO_UDP_L4			5u
#define NET_GSO_ECN			0x80u

/* Receive buffers (5.1.6.3.1), header and all: without and with LRO. */
#define NET_RX_BUFFER_MIN		1526u
#define NET_RX_BUFFER_LRO_MIN		65562u	/* 12 + 14 + 1 + 65535 */

/* Control queue (5.1.6.5): class, command, data; then ack, by the device. */
#define NET_CTRL_CLASS			0
#define NET_CTRL_COMMAND		1
#define NET_CTRL_DATA			2
#define NET_CTRL_OK			0u
#define NET_CTRL_ERR			1u

#define NET_CTRL_RX			0u
#define NET_CTRL_RX_PROMISC		0u
#define NET_CTRL_RX_ALLMULTI		1u
#define NET_CTRL_RX_ALLUNI		2u
#define NET_CTRL_RX_NOMULTI		3u
#define NET_CTRL_RX_NOUNI		4u
#define NET_CTRL_RX_NOBCAST		5u

#define NET_CTRL_MAC			1u
#define NET_CTRL_MAC_TABLE_SET		0u
#define NET_CTRL_MAC_ADDR_SET		1u

#define NET_CTRL_VLAN			2u
#define NET_CTRL_VLAN_ADD		0u
#define NET_CTRL_VLAN_DEL		1u
#define NET_VLANS			4096u

#define NET_CTRL_ANNOUNCE		3u
#define NET_CTRL_ANNOUNCE_ACK		0u

#define NET_CTRL_MQ			4u
#define NET_CTRL_MQ_VQ_PAIRS_SET	0u
#define NET_PAIRS_MAX			0x8000u

#define NET_CTRL_GUEST_OFFLOADS		5u
#define NET_CTRL_GUEST_OFFLOADS_SET	0u

/* Ethernet and what is inside, as far as the device looks. */
#define ETHER_HEADER_SIZE		14u
#define ETHER_VLAN_SIZE			4u
#define ETHER_TYPE_IPV4			0x0800u
#define ETHER_TYPE_ARP			0x0806u
#define ETHER_TYPE_VLAN			0x8100u
#define ETHER_TYPE_IPV6			0x86ddu
#define ETHER_MIN_SIZE			60u	/* without the FCS */
#define IP_PROTO_ICMP			1u
#define IP_PROTO_TCP			6u
#define IP_PROTO_UDP			17u
#define IP_PACKET_MAX			65535u
#define TCP_F_FIN			0x01u
#define TCP_F_SYN			0x02u
#define TCP_F_RST			0x04u
#define TCP_F_PSH			0x08u
#define TCP_F_ACK			0x10u
#define TCP_F_ECE			0x40u
#define TCP_F_CWR			0x80u

#endif
