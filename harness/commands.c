/* commands.c: which commands there are, and their help. */
#include "options.h"

#include <string.h>

#define TAKES_RUN	(TAKES_GUEST | TAKES_MACHINE)
#define ANY		OPTIONS_WORDS_MAX

static const struct command commands[] = {
	{ "check", "[GUEST] [-m MACHINE]... [REPORT]... [TRACE...]",
	    "one deterministic run each, with predictive analysis",
	    TAKES_RUN | TAKES_REPORT | TAKES_STRICT | TAKES_BISECT |
	    TAKES_JOBS, 0, ANY, cmd_check },
	{ "prove", "[GUEST] [-m MACHINE]... [-j N] [--work N] [--whole] "
	    "[--also LIST] [--certificate FILE] [--shard I/N] "
	    "[--counterexamples DIR] [REPORT]... [TRACE...]", "every behaviour of each, as far as its model goes",
	    TAKES_RUN | TAKES_REPORT | TAKES_STRICT | TAKES_BISECT |
	    TAKES_JOBS | TAKES_EXECUTIONS | TAKES_SHOWN, 0, ANY, cmd_prove },
	{ "mutate", "[GUEST] [-m MACHINE]... [-j N] [--at PLACE] [--prove "
	    "[--executions N] [--also LIST]] [--json FILE] [TRACE...]",
	    "which syncs, barriers, translations are needed where",
	    TAKES_RUN | TAKES_JSON | TAKES_VERBOSE | TAKES_JOBS | TAKES_AT |
	    TAKES_PROVE | TAKES_EXECUTIONS, 0, ANY, cmd_mutate },
	{ "replay", "[GUEST] [-m MACHINE] [--choices LIST] [--until EVENT] "
	    "[--png DIR] [--strict] [--gdb] TRACE",
	    "one recording, step by step, against this driver",
	    TAKES_RUN | TAKES_STRICT | TAKES_PICTURES | TAKES_BISECT |
	    TAKES_CHOICES, 1, 1, cmd_replay },
	{ "record", "[GUEST] --host builtin|qemu[=PROGRAM] --scenario NAME "
	    "[-m MACHINE] -o FILE",
	    "a host at work, recorded into a trace",
	    TAKES_RUN | TAKES_HOST | TAKES_OUTPUT | TAKES_STRICT, 0, 0,
	    cmd_record },
	{ "show", "TRACE [--from EVENT] [--to EVENT]",
	    "the events of a trace, decoded, one a line", TAKES_RANGE, 1, 1,
	    cmd_show },
	{ "stat", "TRACE...", "what traces were made of, and how large they are",
	    0, 1, ANY, cmd_stat },
	{ "verify", "[GUEST] [-j N] [--quick] TRACE|CERTIFICATE...",
	    "whether traces are whole; whether prove shows again what it showed",
	    TAKES_GUEST | TAKES_JOBS | TAKES_QUICK, 1, ANY, cmd_verify },
	{ "merge", "[-o FILE] CERTIFICATE...",
	    "the certificates of all shards as one",
	    TAKES_OUTPUT, 1, ANY, cmd_merge },
	{ "recover", "TRACE -o FILE",
	    "a whole trace out of what is left of a damaged one",
	    TAKES_OUTPUT, 1, 1, cmd_recover },
	{ "diff", "[--stat] [--verbose] [--json FILE] TRACE TRACE\n"
	    "       viotape diff [GUEST] --against [GUEST] [-m MACHINE] ... "
	    "TRACE",
	    "what two traces, or two guests on one trace, say differently",
	    TAKES_RUN | TAKES_DIFF | TAKES_JSON | TAKES_VERBOSE, 1, 2,
	    cmd_diff },
	{ "export", "--pcapng FILE TRACE",
	    "the packets of a trace, for Wireshark", TAKES_EXPORT, 1, 1,
	    cmd_export },
	{ "import", "FILE -o NAME.vtr|NAME.scn [-m MACHINE] [--device N] "
	    "[--scenario NAME]",
	    "a log of QEMU's as a trace, a pcap or pcapng as a scenario",
	    TAKES_MACHINE | TAKES_OUTPUT | TAKES_IMPORT, 1, 1, cmd_import },
	{ "machines", "", "the machines there are", 0, 0, 0, cmd_machines },
	{ "scenarios", "", "the scenarios there are", 0, 0, 0, cmd_scenarios },
	{ "matrix", "[--sys DIR | --repo DIR --rev REV]... [-m MACHINE]... "
	    "[-j N] [--json FILE] [TRACE...]",
	    "every fault, or every tree, on every machine: where it fails, "
	    "where it is latent", TAKES_TREES | TAKES_MACHINE | TAKES_JSON |
	    TAKES_JOBS, 0, ANY, cmd_matrix },
	{ "faults", "", "the faults that --fault puts back", 0, 0, 0,
	    cmd_faults },
	{ "findings", "", "what can be found", 0, 0, 0, cmd_findings },
	{ "explain", "NAME", "more of a finding, machine, scenario or "
	    "fault", 0, 1, 1, cmd_explain },
	{ "litmus", "[-m MODEL] FILE.litmus...",
	    "litmus tests of the memory models, printed as herd prints them",
	    TAKES_MODEL, 1, ANY, cmd_litmus },
	{ "bisect", "[--repo DIR] --good REV --bad REV [--finding ID [--at PLACE] | --host] "
	    "[-m MACHINE]... [-j N] [--json FILE] TRACE...",
	    "which commit of a history changed the verdict, or what the host "
	    "sees", TAKES_HISTORY | TAKES_MACHINE | TAKES_STRICT | TAKES_JSON |
	    TAKES_JOBS, 1, ANY, cmd_bisect },
	{ "watch", "[GUEST] [-m MACHINE]... [-j N] [--times N] [TRACE...]",
	    "check again at every save, and only what changed",
	    TAKES_RUN | TAKES_STRICT | TAKES_JOBS | TAKES_WATCH, 0, ANY,
	    cmd_watch },
};
#define NCOMMANDS (sizeof commands / sizeof commands[0])

const struct command *
command_at(size_t n)
{
	return n < NCOMMANDS ? &commands[n] : NULL;
}

const struct command *
command_find(const char *name)
{
	for (size_t i = 0; i < NCOMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static const struct {
	unsigned takes;
	const char *text;
} help[] = {
	{ TAKES_GUEST,
	    "GUEST: our own drivers, or\n"
	    "  --fault NAME        with a historical fault put back "
	    "(repeatable); none: with\n"
	    "                      none, whatever a trace names\n"
	    "  --driver FILE.c     with this driver in the place of ours\n"
	    "  --sys DIR           an OpenBSD source tree (or its sys, or dev): its drivers\n"
	    "                      on its own virtio stack; --driver then replaces one of it\n"
	    "  --repo DIR --rev REV\n"
	    "                      the same out of a git repository\n" },
	{ TAKES_TREES,
	    "TREES, in the place of faults:\n"
	    "  --sys DIR           an OpenBSD source tree (or its sys, or "
	    "dev); repeatable\n"
	    "  --repo DIR --rev REV\n"
	    "                      a revision of a git repository, or with "
	    "OLDER..NEWER each\n"
	    "                      that changes the drivers; --rev is "
	    "repeatable\n"
	    "  --driver FILE.c     with this driver in the place of each "
	    "tree's\n"
	    "  --times             how long each took: of all that stands "
	    "there the only thing\n"
	    "                      that is not the same every time\n"
	    "  What does not build says so in its row, and the status is "
	    "3.\n" },
	{ TAKES_HISTORY,
	    "HISTORY:\n"
	    "  --repo DIR          a git repository with an OpenBSD source "
	    "tree; without, the\n"
	    "                      one of the working directory\n"
	    "  --good REV          a revision where it holds\n"
	    "  --bad REV           one where it does not; where --good is "
	    "the newer one, the\n"
	    "                      commit that mended it is looked for\n"
	    "  --driver FILE.c     with this driver in the place of each "
	    "revision's\n"
	    "By:                   what check says, FAILS or not; or\n"
	    "  --finding ID        bad is where this is found, fatal or "
	    "latent; with\n"
	    "  --at PLACE          only there: FUNCTION or FILE\n"
	    "  --host              bad is where the host sees otherwise than "
	    "at --good, as diff\n"
	    "                      compares it, without syncs; one TRACE, "
	    "one MACHINE\n" },
	{ TAKES_DIFF,
	    "  --against           the options of the guest that follow are of "
	    "the second one:\n"
	    "                        viotape diff --against --fault NAME TRACE\n"
	    "                        viotape diff --driver OLD.c --against "
	    "--driver NEW.c TRACE\n"
	    "  --stat              only how many differ, as a table\n" },
	{ TAKES_MACHINE,
	    "MACHINE:\n"
	    "  -m, --machine NAME  a preset, a .dts or a .dtb; all: every "
	    "preset\n" },
	{ TAKES_MODEL,
	    "  -m, --model NAME    sc, or the architecture's own: tso of X86_64, arm of\n"
	    "                      AArch64, which it is without -m\n" },
	{ TAKES_REPORT,
	    "REPORT:\n"
	    "  --json FILE         the whole result as JSON; - is standard "
	    "output\n"
	    "  --junit FILE        a test case for each trace and machine\n"
	    "  --sarif FILE        SARIF 2.1.0, for code scanning and editors\n"
	    "  --html FILE         one page for a person, with lines of the "
	    "sources\n"
	    "  --baseline FILE     findings listed there pass\n"
	    "  --write-baseline FILE\n"
	    "                      makes such a file of this run's findings\n" },
	{ TAKES_STRICT,
	    "  --strict            latent findings and divergences count, too\n"
	    "  --verbose           more of everything\n" },
	{ TAKES_JSON,
	    "REPORT:\n"
	    "  --json FILE         the whole result as JSON; - is standard "
	    "output\n" },
	{ TAKES_AT,
	    "  --at PLACE          only calls that come by there: FUNCTION, "
	    "FILE or FILE:LINE\n" },
	{ TAKES_VERBOSE,
	    "  --verbose           each call path by itself\n" },
	{ TAKES_JOBS,
	    "  -j, --jobs N        so many processes; the result is the same "
	    "for any N\n" },
	{ TAKES_EXPORT,
	    "  --pcapng FILE       both directions, without virtio_net_hdr, "
	    "with the\n"
	    "                      numbers of their events\n" },
	{ TAKES_PICTURES,
	    "  --until EVENT       end after the event of this number\n"
	    "  --png DIR           pictures: intended, shown, their "
	    "difference\n" },
	{ TAKES_RANGE,
	    "  --from EVENT, --to EVENT\n"
	    "                      numbers of the first and the last event\n" },
	{ TAKES_HOST,
	    "  --host HOST         builtin, qemu or qemu=PROGRAM\n"
	    "  --scenario NAME     one of viotape scenarios, or a file\n"
	    "  --transport NAME    how the device is reached: pci (modern, the default),\n"
	    "                      pci-intx, pci-legacy, mmio, mmio-legacy\n" },
	{ TAKES_PROVE,
	    "  --prove             what check does not kill is explored, as "
	    "prove does it, in\n"
	    "                      the machine's memory order: barriers, too\n" },
	{ TAKES_IMPORT,
	    "  --device N          which of several virtio devices of a log: "
	    "its number in the\n"
	    "                      list that import prints, or net, or gpu\n"
	    "  --scenario NAME     what the guest is asked when the trace is "
	    "checked; without,\n"
	    "                      a boot and a little traffic or text\n"
	    "  --mac MAC           the guest's address in a pcap; without, "
	    "as the file says, or\n"
	    "                      whoever sends first\n"
	    "\nWhat FILE is, is seen in it.  A log is what a stock QEMU "
	    "writes with\n"
	    "  -trace 'virtio*' -trace 'memory_region_ops_*' -trace "
	    "'virtqueue_*'\n"
	    "  -msg timestamp=on -D FILE\n"
	    "on the machine of -m (arm64-qemu; where its virtio-mmio windows "
	    "are).  What is\n"
	    "in chains is not in a log: the trace says so, and viotape's own "
	    "device model\n"
	    "answers for it.  The packets of a pcap become steps of a "
	    "scenario, for\n"
	    "viotape record --host builtin --scenario NAME.scn.\n" },
	{ TAKES_EXECUTIONS,
	    "  --executions N      at most so many of a trace on a machine "
	    "(mutate: 1000, of\n"
	    "                      each mutant; prove has --work); what is "
	    "left is named in\n"
	    "                      the report\n"
	    "  --also LIST         what takes many times the executions and is "
	    "no default:\n"
	    "                      cpus (up to three more take interrupts, "
	    "tasks and\n"
	    "                      timeouts); of mutate also interrupts (they come "
	    "late, and in\n"
	    "                      another order), pauses (a late host serves "
	    "some of the\n"
	    "                      chains that wait) and timers (timeouts come "
	    "while code\n"
	    "                      runs), which prove tries when all the rest "
	    "was\n" },
	{ TAKES_SHOWN,
	    "  --work N            what a trace on a machine may take, in "
	    "events of all\n"
	    "                      ways (25000, or any with --executions); what "
	    "is left is\n"
	    "                      named in the report\n"
	    "  --whole             many times as much where nothing else stands "
	    "between it\n"
	    "                      and HOLDS, as up to nine pairs have anyway, and "
	    "a quarter\n"
	    "                      of that where there are more\n"
	    "  --counterexamples DIR\n"
	    "                      writes each way to a finding as a trace, "
	    "for replay\n"
	    "  --certificate FILE  what was shown, and of what, for viotape verify\n"
	    "  --shard I/N         the Ith of N parts of all; viotape merge puts "
	    "their\n"
	    "                      certificates together\n" },
	{ TAKES_QUICK,
	    "  --quick             read a certificate, and do not prove again\n" },
	{ TAKES_CHOICES,
	    "  --choices LIST      the way to a finding that prove printed; "
	    "that of a trace of\n"
	    "                      prove's --counterexamples needs no option\n"
	    "  --gdb               a debugger, stopped where the finding "
	    "comes about; the\n"
	    "                      words of VIOTAPE_DEBUGGER, else gdb, else "
	    "lldb\n"
	    "  --stop              for other debuggers: calls "
	    "sim_stopped_here() there\n" },
	{ TAKES_WATCH,
	    "  --times N           ends after so many rounds, the first is one, with the status\n"
	    "                      of the last; without, Ctrl-C ends it, with status 0\n" },
	{ TAKES_OUTPUT,
	    "  -o, --output FILE   the trace to write\n" },
	{ TAKES_BISECT,
	    "  --fail-allocations  each step of the guest that can fail fails "
	    "in turn, a run\n"
	    "                      each: what the way out gives back\n"
	    "  --git-bisect        exit statuses as git bisect run wants "
	    "them\n" },
};

static void
help_all(struct bytes *out)
{
	bytes_printf(out, "usage: viotape COMMAND [OPTION]... [FILE]...\n\n"
	    "Shows whether a host really receives what a driver wrote.\n\n");
	for (size_t i = 0; i < NCOMMANDS; i++)
		bytes_printf(out, "  %-10s %s\n", commands[i].name,
		    commands[i].about);
	bytes_printf(out, "\nviotape COMMAND --help tells a command's options."
	    "\n\nExit status: 0 it holds, 1 it fails, 2 bad usage or bad "
	    "input,\n3 the guest does not build, 4 a fault of viotape's own, "
	    "5 unknown.\n");
}

void
options_help(const struct command *c, struct bytes *out)
{
	if (c == NULL) {
		help_all(out);
		return;
	}
	bytes_printf(out, "usage: viotape %s%s%s\n\n%s.\n", c->name,
	    c->usage[0] != '\0' ? " " : "", c->usage, c->about);
	for (size_t i = 0; i < sizeof help / sizeof help[0]; i++)
		if ((c->takes & help[i].takes) != 0)
			bytes_printf(out, "%s%s", help[i].text[0] != ' ' ?
			    "\n" : "", help[i].text);
	if ((c->takes & TAKES_DIFF) != 0)
		bytes_printf(out, "\nWithout -m it is the machine that the "
		    "trace was recorded on.  Exit status: 0 nothing\ndiffers, "
		    "1 something does, 2 bad usage or input, 3 a guest does "
		    "not build, 5 one of\nthem could not be run to its "
		    "end.\n");
	else if ((c->takes & TAKES_HISTORY) != 0)
		bytes_printf(out, "\nNo -m is every preset; with --host the "
		    "machine that the trace was recorded on.\nCommits are "
		    "those of the first parents that change what the guest is "
		    "built from.\nExit status: 0 found, 2 bad usage or "
		    "input, or good is not good, or bad not bad,\n3 the good "
		    "or the bad one does not build, 5 one of several: those "
		    "between them\ncould not be judged.  In a work tree, or "
		    "with a script of your own:\n"
		    "  git bisect run viotape check --git-bisect --sys . "
		    "TRACE\n");
	else if ((c->takes & (TAKES_REPORT | TAKES_JSON |
	    TAKES_WATCH)) != 0)
		bytes_printf(out, "\nNo TRACE is every trace of traces/, no "
		    "-m every preset.\n");
}
