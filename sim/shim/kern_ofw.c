/*
 * kern_ofw.c: reading the device tree, OF_getprop(9), and interrupts that it
 * describes.
 *
 * The tree is a flattened one, version 17, of big-endian 32-bit words
 * (Devicetree Specification 0.4, chapter 5):
 *
 *	header	 magic, total size, off_dt_struct, off_dt_strings, ...
 *	struct	 1 name\0 pad | 3 len nameoff value pad | 2 | 4 | 9
 *		 begin node     property                 end nop end of all
 *
 * A node is the place of its begin token in the blob.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/malloc.h>
#include <dev/ofw/openfirm.h>
#include <machine/fdt.h>

#include "kern_var.h"

#define FDT_MAGIC	0xd00dfeedU
#define FDT_BEGIN_NODE	1
#define FDT_END_NODE	2
#define FDT_PROP	3
#define FDT_NOP		4
#define FDT_END		9

struct ofw_blob {
	const unsigned char	*ob_bytes;
	uint32_t		 ob_size;
	uint32_t		 ob_struct;	/* offsets in the blob */
	uint32_t		 ob_strings;
};

static uint32_t
ofw_word(const struct ofw_blob *ob, uint32_t at)
{
	const unsigned char *p = ob->ob_bytes + at;

	if (at > ob->ob_size || ob->ob_size - at < 4)
		panic("device tree: damaged at offset %u", at);
	return (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

/* 0 without a device tree. */
static int
ofw_blob_get(struct ofw_blob *ob)
{
	hc_u64 size = 0;

	ob->ob_bytes = hc->fdt(&size);
	if (ob->ob_bytes == NULL)
		return 0;
	if (size > INT_MAX)
		panic("device tree: too large");
	ob->ob_size = size;
	if (ofw_word(ob, 0) != FDT_MAGIC)
		panic("device tree: wrong magic");
	ob->ob_struct = ofw_word(ob, 8);
	ob->ob_strings = ofw_word(ob, 12);
	return 1;
}

/* A string that ends inside the blob. */
static const char *
ofw_string(const struct ofw_blob *ob, uint32_t at)
{
	const char *s = (const char *)ob->ob_bytes + at;

	if (at >= ob->ob_size ||
	    strnlen(s, ob->ob_size - at) == ob->ob_size - at)
		panic("device tree: damaged at offset %u", at);
	return s;
}

/* The token at `at' and where the next one is. */
static uint32_t
ofw_token(const struct ofw_blob *ob, uint32_t at, uint32_t *next)
{
	uint32_t token = ofw_word(ob, at);

	*next = at + 4;
	if (token == FDT_BEGIN_NODE)
		*next += roundup(strlen(ofw_string(ob, at + 4)) + 1, 4);
	else if (token == FDT_PROP)
		*next += 8 + roundup(ofw_word(ob, at + 4), 4);
	else if (token != FDT_END_NODE && token != FDT_NOP && token != FDT_END)
		panic("device tree: token %u at offset %u", token, at);
	return token;
}

/* The begin token at or after `at', 0 if an end comes first. */
static int
ofw_begin_find(const struct ofw_blob *ob, uint32_t at)
{
	uint32_t next, token;

	for (;; at = next) {
		token = ofw_token(ob, at, &next);
		if (token == FDT_BEGIN_NODE)
			return at;
		if (token == FDT_END_NODE || token == FDT_END)
			return 0;
	}
}

int
OF_child(int node)
{
	struct ofw_blob ob;
	uint32_t next;

	if (node <= 0 || !ofw_blob_get(&ob))
		return 0;
	(void)ofw_token(&ob, node, &next);
	return ofw_begin_find(&ob, next);
}

int
OF_peer(int node)
{
	struct ofw_blob ob;
	uint32_t at, next, token;
	int depth = 0;

	if (!ofw_blob_get(&ob))
		return 0;
	if (node == 0)
		return ofw_begin_find(&ob, ob.ob_struct);
	for (at = node;; at = next) {
		token = ofw_token(&ob, at, &next);
		if (token == FDT_BEGIN_NODE)
			depth++;
		else if (token == FDT_END_NODE && --depth == 0)
			return ofw_begin_find(&ob, next);
		else if (token == FDT_END)
			return 0;
	}
}

/* A property's value and length; NULL if the node has none of that name. */
static const void *
ofw_prop(const struct ofw_blob *ob, int node, const char *name, int *len)
{
	uint32_t at, next, token;

	(void)ofw_token(ob, node, &at);
	for (;; at = next) {
		token = ofw_token(ob, at, &next);
		if (token == FDT_NOP)
			continue;
		if (token != FDT_PROP)
			return NULL;
		if (strcmp(ofw_string(ob, ob->ob_strings +
		    ofw_word(ob, at + 8)), name) == 0)
			break;
	}
	if (next > ob->ob_size)
		panic("device tree: damaged at offset %u", at);
	*len = ofw_word(ob, at + 4);
	return ob->ob_bytes + at + 12;
}

/* As ofw_prop(), and a node's name is its property "name" too. */
static const void *
ofw_prop_or_name(const struct ofw_blob *ob, int node, const char *name,
    int *len)
{
	const void *value = ofw_prop(ob, node, name, len);

	if (value == NULL && strcmp(name, "name") == 0) {
		value = ofw_string(ob, node + 4);
		*len = strlen(value) + 1;
	}
	return value;
}

int
OF_getproplen(int node, const char *name)
{
	struct ofw_blob ob;
	int len;

	if (node <= 0 || !ofw_blob_get(&ob) ||
	    ofw_prop_or_name(&ob, node, name, &len) == NULL)
		return -1;
	return len;
}

/* Copies at most size bytes; returns the property's whole length. */
int
OF_getprop(int node, const char *name, void *buf, int size)
{
	struct ofw_blob ob;
	const void *value;
	int len;

	if (node <= 0 || !ofw_blob_get(&ob))
		return -1;
	value = ofw_prop_or_name(&ob, node, name, &len);
	if (value == NULL)
		return -1;
	(void)memcpy(buf, value, MIN(len, size));
	return len;
}

uint32_t
OF_getpropint(int node, const char *name, uint32_t otherwise)
{
	uint32_t v;

	if (OF_getprop(node, name, &v, sizeof(v)) != sizeof(v))
		return otherwise;
	return be32toh(v);
}

/* size in bytes; returns the bytes that were given, -1 if there is none. */
int
OF_getpropintarray(int node, const char *name, uint32_t *buf, int size)
{
	int i, len = OF_getprop(node, name, buf, size);

	if (len < 0 || len % 4 != 0)
		return -1;
	len = MIN(len, size);
	for (i = 0; i < len / 4; i++)
		buf[i] = be32toh(buf[i]);
	return len;
}

int
OF_is_compatible(int node, const char *name)
{
	struct ofw_blob ob;
	const char *value, *end;
	int len;

	if (node <= 0 || !ofw_blob_get(&ob))
		return 0;
	value = ofw_prop(&ob, node, "compatible", &len);
	if (value == NULL || len == 0 || value[len - 1] != '\0')
		return 0;
	for (end = value + len; value < end; value += strlen(value) + 1) {
		if (strcmp(value, name) == 0)
			return 1;
	}
	return 0;
}

/* --- interrupts --- */

/* The host knows a node by its place behind the start of the structure. */
void *
fdt_intr_establish_idx(int node, int index, int ipl, int (*fn)(void *),
    void *arg, char *name)
{
	struct kern_intrhand *ih;
	struct ofw_blob ob;
	hc_u32 irq;

	if (!ofw_blob_get(&ob) ||
	    hc->fdt_irq(node - ob.ob_struct, index, &irq) != 0)
		return NULL;
	ih = malloc(sizeof(*ih), M_DEVBUF, M_NOWAIT | M_ZERO);
	if (ih == NULL)
		return NULL;
	if (kern_intr_establish(ih, irq, ipl, fn, arg, name) != 0) {
		free(ih, M_DEVBUF, sizeof(*ih));
		return NULL;
	}
	return ih;
}

void *
fdt_intr_establish(int node, int ipl, int (*fn)(void *), void *arg, char *name)
{
	return fdt_intr_establish_idx(node, 0, ipl, fn, arg, name);
}

void
fdt_intr_disestablish(void *cookie)
{
	struct kern_intrhand *ih = cookie;

	kern_intr_disestablish(ih);
	free(ih, M_DEVBUF, sizeof(*ih));
}
