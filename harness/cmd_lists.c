/*
 * cmd_lists.c: viotape machines, scenarios, faults, findings: what there is;
 * viotape explain: more of one of them.
 */
#include "explain.h"
#include "load.h"
#include "options.h"
#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Text of a file's, cleaned, and a newline. */
static void
line_print(const char *text)
{
	report_clean_print(text);
	printf("\n");
}

/* --- one line each ------------------------------------------------------- */

static int
machine_line(const char *name, struct error *err)
{
	struct machine_desc d;
	char line[512];

	if (load_machine(name, &d, err) != 0)
		return -1;
	machine_desc_line(&d, line, sizeof line);
	line_print(line);
	machine_desc_free(&d);
	return 0;
}

static int
scenario_line(const char *name, struct error *err)
{
	struct scenario s;

	if (load_scenario(name, &s, err) != 0)
		return -1;
	line_print(s.title);
	scenario_free(&s);
	return 0;
}

/* The first line of its diff, without "#" and its own name. */
static int
fault_line(const char *name, struct error *err)
{
	struct bytes text = {0};
	char *p, *end;

	if (guest_fault_describe(name, &text, err) != 0)
		return -1;
	bytes_add(&text, "", 1);
	p = (char *)text.data;
	end = strchr(p, '\n');
	if (end != NULL)
		*end = '\0';
	p += strspn(p, "# ");
	if (strncmp(p, name, strlen(name)) == 0 && p[strlen(name)] == ':')
		p += strlen(name) + 1;
	p += strspn(p, " ");
	line_print(p);
	bytes_free(&text);
	return 0;
}

static int
list_print(const struct host_names *names,
    int (*line)(const char *, struct error *), struct error *err)
{
	size_t width = host_names_widest(names);

	for (size_t i = 0; i < names->n; i++) {
		printf("%-*s  ", (int)width, names->names[i]);
		if (line(names->names[i], err) != 0) {
			printf("\n");
			return -1;
		}
	}
	return 0;
}

static int
list(enum load_kind kind, int (*line)(const char *, struct error *))
{
	struct host_names names;
	struct error err;
	int status = EXIT_HOLDS;

	if (load_names(kind, &names, &err) != 0 ||
	    list_print(&names, line, &err) != 0)
		status = options_fail(&err);
	host_names_free(&names);
	return status;
}

int
cmd_machines(const struct options *o)
{
	(void)o;
	return list(LOAD_MACHINES, machine_line);
}

int
cmd_scenarios(const struct options *o)
{
	(void)o;
	return list(LOAD_SCENARIOS, scenario_line);
}

int
cmd_faults(const struct options *o)
{
	struct host_names names = {0};
	struct error err;
	int status = EXIT_HOLDS;

	(void)o;
	if (guest_faults_list(&names, &err) != 0 ||
	    list_print(&names, fault_line, &err) != 0)
		status = options_fail(&err);
	host_names_free(&names);
	return status;
}

int
cmd_findings(const struct options *o)
{
	const struct finding_kind *k;
	size_t width = 0;

	(void)o;
	for (size_t i = 0; (k = finding_kind_at(i)) != NULL; i++)
		if (strlen(k->id) > width)
			width = strlen(k->id);
	for (size_t i = 0; (k = finding_kind_at(i)) != NULL; i++)
		printf("%-*s  %s\n", (int)width, k->id, k->title);
	return EXIT_HOLDS;
}

/* --- explain ------------------------------------------------------------- */

/* To the standard output. */
static void
explained_print(struct bytes *text)
{
	if (text->len > 0)
		fwrite(text->data, 1, text->len, stdout);
	bytes_free(text);
}

static int
explain_machine(const char *name, struct error *err)
{
	struct machine_desc d;
	char line[512];

	if (load_machine(name, &d, err) != 0)
		return -1;
	machine_desc_line(&d, line, sizeof line);
	printf("machine %s: ", name);
	line_print(d.title);
	line_print(line);
	printf("memory: %llu MiB at 0x%llx; PCI host: %s\n",
	    (unsigned long long)(d.ram.size >> 20),
	    (unsigned long long)d.ram.base, d.has_pci ? "yes" : "no");
	if (d.order != ORDER_SC)
		printf("order: %s in prove; check, replay and record run as "
		    "sc\n", order_name(d.order));
	machine_desc_free(&d);
	return 0;
}

static int
explain_scenario(const char *name, struct error *err)
{
	struct scenario s;
	char line[SCENARIO_LINE_MAX + 64];

	if (load_scenario(name, &s, err) != 0)
		return -1;
	printf("scenario %s: ", name);
	line_print(s.title);
	printf("0: boot\n");
	for (size_t i = 0; i < s.n; i++) {
		scenario_step_line(&s.steps[i], line, sizeof line);
		printf("%zu: ", i + 1);
		line_print(line);
	}
	scenario_free(&s);
	return 0;
}

static int
explain_fault(const char *name, struct error *err)
{
	struct bytes text = {0}, out = {0};
	char *p;

	if (guest_fault_describe(name, &text, err) != 0)
		return -1;
	bytes_add(&text, "", 1);
	printf("fault %s, put back by --fault %s\n\n", name, name);
	for (p = (char *)text.data; *p != '\0';) {
		size_t n = strcspn(p, "\n"), skip = strspn(p, "# ");
		int more = p[n] != '\0';

		p[n] = '\0';
		explain_paragraph(p + (skip < n ? skip : n), &out);
		p += n + (size_t)more;
	}
	explained_print(&out);
	bytes_free(&text);
	return 0;
}

/* The language of scenarios has no list of its own. */
static void
explain_scenario_language(void)
{
	printf("A scenario is text, one step a line; it begins with the boot "
	    "of the guest.\n\n"
	    "  # ...                  a comment\n"
	    "  title ...              one line for people\n"
	    "  text ...               to the console; \\n \\t \\r \\b \\e \\\\\n"
	    "  lines FIRST LAST ...   the text again and again, %%d is the "
	    "number\n"
	    "  screen N               show virtual screen N, 0 to 3\n"
	    "  graphics, textmode     the console's mode\n"
	    "  map, unmap             the framebuffer, into a client\n"
	    "  fill X Y W H RRGGBB    the client draws\n"
	    "  pattern X Y W H SEED\n"
	    "  copy X Y W H TOX TOY\n"
	    "  detach                 the device's driver lets go of it\n"
	    "  attach                 and is offered it again\n"
	    "  resize W H             the host would show W by H pixels, 0 by "
	    "0 no display\n"
	    "  needs-reset            the host's device gives up until it is "
	    "reset\n"
	    "  wait MS                virtual milliseconds\n"
	    "  expect                 the display shows what was intended, "
	    "packets arrived\n");
	printf("\nOf a network device, before the steps:\n\n"
	    "  device net             the scenario is for one; first of all\n"
	    "  mtu N                  the host offers this mtu, 0 to 65535\n"
	    "  mac AA:BB:CC:DD:EE:FF  the device's, or 52:54:00:12:34:56\n"
	    "  queues N               pairs that the host offers, 1 to 16\n"
	    "  without FEATURE ...    not offered: mrg_rxbuf, csum, ctrl_vq, "
	    "...\n"
	    "  peer loss N            every Nth frame to the guest is lost\n"
	    "  peer reorder N         ... comes after the next\n"
	    "  peer seed N            where in the count these begin\n"
	    "  peer silent            it answers nothing\n"
	    "\nand steps:\n\n"
	    "  up [A.B.C.D/BITS]      the interface, with an address\n"
	    "  down\n"
	    "  dhcp                   until there is an address\n"
	    "  ping A.B.C.D COUNT SIZE\n"
	    "  udp A.B.C.D PORT COUNT SIZE    datagrams\n"
	    "  echo A.B.C.D PORT COUNT SIZE   datagrams that come back\n"
	    "  stream out A.B.C.D PORT BYTES MSS\n"
	    "  stream in A.B.C.D PORT BYTES\n"
	    "  tftp A.B.C.D FILE\n"
	    "  mtu N [refused]        the interface's\n"
	    "  promisc on, promisc off, allmulti on, allmulti off\n"
	    "  join MAC, leave MAC, lladdr MAC\n"
	    "  burst COUNT SEED       datagrams of any size, many at once\n"
	    "  link up, link down     the host's cable\n"
	    "  announce               the host asks for gratuitous packets\n"
	    "  host mtu N, host mac MAC       the host's configuration changes"
	    "\n"
	    "  host send MAC COUNT SIZE       frames to an address\n"
	    "  frame HEX              the guest sends this frame: viotape "
	    "import makes such\n"
	    "  host frame HEX         steps of a pcap\n");
}

struct everything {
	struct host_names machines, scenarios, faults;
};

/* Nothing has that name: what comes near, of everything. */
static int
explain_unknown(const char *name, const struct everything *e,
    struct error *err)
{
	const struct host_names *lists[] = { &e->machines, &e->scenarios,
	    &e->faults };
	const char **all = NULL, *near;
	size_t n = 0;

	for (size_t l = 0; l < 3; l++)
		for (size_t i = 0; i < lists[l]->n; i++) {
			all = check_realloc(all, (n + 1) * sizeof all[0]);
			all[n++] = lists[l]->names[i];
		}
	for (size_t i = 0; finding_kind_at(i) != NULL; i++) {
		all = check_realloc(all, (n + 1) * sizeof all[0]);
		all[n++] = finding_kind_at(i)->id;
	}
	near = options_near(name, all, n);
	check_free(all);
	if (near != NULL)
		return error_set(err, ERROR_USAGE, "nothing is called %s; did "
		    "you mean %s?", name, near);
	return error_set(err, ERROR_USAGE, "nothing is called %s; viotape "
	    "findings, machines, scenarios and faults list what there is",
	    name);
}

/* One name may be of several kinds: all of them are told. */
static int
explain(const char *name, const struct everything *e, struct error *err)
{
	const struct finding_kind *k = finding_kind_find(name);
	struct bytes text = {0};
	int found = 0, ret = 0;

	if (k != NULL) {
		explain_finding(k, &text);
		explained_print(&text);
		found = 1;
	}
	if (ret == 0 && host_names_have(&e->machines, name)) {
		ret = explain_machine(name, err);
		found = 1;
	}
	if (ret == 0 && host_names_have(&e->scenarios, name)) {
		ret = explain_scenario(name, err);
		found = 1;
	}
	if (ret == 0 && host_names_have(&e->faults, name)) {
		ret = explain_fault(name, err);
		found = 1;
	}
	if (strcmp(name, "scenario") == 0) {
		explain_scenario_language();
		found = 1;
	}
	return found ? ret : explain_unknown(name, e, err);
}

int
cmd_explain(const struct options *o)
{
	struct everything e;
	struct error err;
	int status = EXIT_HOLDS;

	memset(&e, 0, sizeof e);
	if (load_names(LOAD_MACHINES, &e.machines, &err) != 0 ||
	    load_names(LOAD_SCENARIOS, &e.scenarios, &err) != 0 ||
	    guest_faults_list(&e.faults, &err) != 0 ||
	    explain(o->args.list[0], &e, &err) != 0)
		status = options_fail(&err);
	host_names_free(&e.machines);
	host_names_free(&e.scenarios);
	host_names_free(&e.faults);
	return status;
}
