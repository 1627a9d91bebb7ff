# shapes.awk: the classic shapes of litmus tests, with what can stand between the
# two accesses of a thread, as files.  By hand, when a shape or a link is added:
#
#	awk -v dir=tests/litmus -f tests/litmus/shapes.awk
#
# A shape is what each thread does, first and second access, and what is asked.
# "Wx1" stores 1 at x, "Ry" loads y; in the question 1.0=1 is what thread 1's
# first access loaded, x=2 what x holds at last.  A link is named as in the
# literature: po (nothing), a barrier, addr, data, ctrl, ctrlisb (dependencies),
# po and two letters (p plain, a acquire, q acquire-pc, l release).

BEGIN {
	WW = "po dmb.sy dmb.st dmb.ld popl"
	RR = "po dmb.sy dmb.ld dmb.st addr ctrl ctrlisb poap poqp"
	RW = "po dmb.sy dmb.ld dmb.st addr data ctrl ctrlisb poap poqp popl"
	WR = "po dmb.sy dmb.st dmb.ld polp pola polq dsb.st"
	arch = "AArch64"
	shape("MP", "Wx1 Wy1|Ry Rx", "1.0=1 1.1=0", WW "|" RR, 0)
	shape("SB", "Wx1 Ry|Wy1 Rx", "0.1=0 1.1=0", WR "|" WR, 1)
	shape("LB", "Rx Wy1|Ry Wx1", "0.0=1 1.0=1", RW "|" RW, 1)
	shape("S", "Wx2 Wy1|Ry Wx1", "1.0=1 x=2", WW "|" RW, 0)
	shape("R", "Wx1 Wy1|Wy2 Rx", "y=2 1.1=0", WW "|" WR, 0)
	shape("2+2W", "Wx2 Wy1|Wy2 Wx1", "x=2 y=2", WW "|" WW, 1)
	shape("IRIW", "Wx1|Rx Ry|Wy1|Ry Rx", "1.0=1 1.1=0 3.0=1 3.1=0",
	    "|" RR "||" RR, 1)
	shape("WRC", "Wx1|Rx Wy1|Ry Rx", "1.0=1 2.0=1 2.1=0",
	    "|po dmb.sy data addr ctrl poap popl|po dmb.sy dmb.ld addr ctrl " \
	    "ctrlisb poap poqp", 0)
	shape("RWC", "Wx1|Rx Ry|Wy1 Rx", "1.0=1 1.1=0 2.1=0",
	    "|po dmb.sy addr poap|po dmb.sy pola", 0)
	shape("ISA2", "Wx1 Wy1|Ry Wz1|Rz Rx", "1.0=1 2.0=1 2.1=0",
	    "po dmb.sy popl|po dmb.sy data popl|po addr dmb.ld poap", 0)
	arch = "X86_64"
	shape("MP", "Wx1 Wy1|Ry Rx", "1.0=1 1.1=0", "po mfence|po mfence", 0)
	shape("SB", "Wx1 Ry|Wy1 Rx", "0.1=0 1.1=0",
	    "po mfence xchg|po mfence xchg", 1)
	shape("LB", "Rx Wy1|Ry Wx1", "0.0=1 1.0=1", "po mfence|po mfence", 1)
	shape("S", "Wx2 Wy1|Ry Wx1", "1.0=1 x=2", "po mfence|po mfence", 0)
	shape("R", "Wx1 Wy1|Wy2 Rx", "y=2 1.1=0", "po mfence|po mfence xchg", 0)
	shape("2+2W", "Wx2 Wy1|Wy2 Wx1", "x=2 y=2", "po mfence|po mfence", 1)
	shape("IRIW", "Wx1|Rx Ry|Wy1|Ry Rx", "1.0=1 1.1=0 3.0=1 3.1=0",
	    "|po mfence||po mfence", 1)
	shape("WRC", "Wx1|Rx Wy1|Ry Rx", "1.0=1 2.0=1 2.1=0", "|po|po", 0)
	shape("RWC", "Wx1|Rx Ry|Wy1 Rx", "1.0=1 1.1=0 2.1=0",
	    "|po|po mfence xchg", 0)
	shape("ISA2", "Wx1 Wy1|Ry Wz1|Rz Rx", "1.0=1 2.0=1 2.1=0",
	    "po|po|po", 0)
}

# Every choice of links; of a symmetric shape each pair once.
function shape(name, threads, cond, links, symmetric,    n, i, l, n0, n1) {
	nthreads = split(threads, thread, "|")
	n = split(links, l, "|")
	linked = 0
	for (i = 1; i <= n; i++)
		if (l[i] != "") {
			at[++linked] = i
			nkinds[linked] = split(l[i], kinds, " ")
			for (n0 = 1; n0 <= nkinds[linked]; n0++)
				kind[linked, n0] = kinds[n0]
		}
	choose(name, cond, symmetric, 1)
}

function choose(name, cond, symmetric, k,    i) {
	if (k > linked) {
		write_test(name, cond)
		return
	}
	for (i = symmetric && k == 2 ? chosen[1] : 1; i <= nkinds[k]; i++) {
		chosen[k] = i
		choose(name, cond, symmetric, k + 1)
	}
}

function write_test(name, cond,    file, i, k, init, rows, width, line, cell) {
	for (k = 1; k <= linked; k++)
		name = name "+" kind[k, chosen[k]]
	init = ""
	rows = 0
	for (i = 1; i <= nthreads; i++) {
		n = 0
		link = ""
		for (k = 1; k <= linked; k++)
			if (at[k] == i)
				link = kind[k, chosen[k]]
		naccesses = split(thread[i], access, " ")
		if (arch == "AArch64")
			init = init thread_arm(i - 1)
		else
			thread_x86()
		for (k = 1; k <= n; k++)
			cell[i, k] = code[k]
		for (k = n + 1; k <= 12; k++)
			cell[i, k] = ""
		if (n > rows)
			rows = n
	}
	file = dir "/" tolower(arch) "/" name ".litmus"
	printf "%s %s\n{%s }\n", arch, name, init > file
	for (k = 0; k <= rows; k++) {
		line = ""
		for (i = 1; i <= nthreads; i++) {
			cell[i, 0] = "P" (i - 1)
			line = line sprintf(" %-20s", cell[i, k])
			line = line (i < nthreads ? "|" : ";")
		}
		print line > file
	}
	printf "exists (%s)\n", question(cond) > file
	close(file)
}

function question(cond,    terms, n, i, part, text) {
	n = split(cond, terms, " ")
	for (i = 1; i <= n; i++) {
		split(terms[i], part, "=")
		if (part[1] ~ /\./) {
			split(part[1], place, ".")
			reg = place[2] == 0 ? "rax" : "rbx"
			if (arch == "AArch64")
				reg = "X" 2 * place[2]
			part[1] = place[1] ":" reg
		}
		text = text (i > 1 ? " /\\ " : "") part[1] "=" part[2]
	}
	return text
}

function put(text) {
	code[++n] = text
}

# X1 and X3 hold the addresses, W0 and W2 the values of the two accesses.
function thread_arm(t,    k, init, is_store, address, value) {
	init = ""
	for (k = 0; k < 2 && k < naccesses; k++) {
		is_store = substr(access[k + 1], 1, 1) == "W"
		value = substr(access[k + 1], 3)
		init = init " " t ":X" (2 * k + 1) "=" \
		    substr(access[k + 1], 2, 1) ";"
		address = "[X" (2 * k + 1) "]"
		if (k == 1)
			address = link_arm(t, address)
		if (is_store && k == 1 && link == "data")
			put("ADD W2,W5,#" value)
		else if (is_store)
			put("MOV W" 2 * k ",#" value)
		put(mnemonic_arm(k, is_store) " W" 2 * k "," address)
	}
	return init
}

function mnemonic_arm(k, is_store,    letter) {
	letter = link ~ /^po[a-z][a-z]$/ ? substr(link, 3 + k, 1) : "p"
	if (is_store)
		return letter == "l" ? "STLR" : "STR"
	return letter == "a" ? "LDAR" : letter == "q" ? "LDAPR" : "LDR"
}

function link_arm(t, address) {
	if (link ~ /^d[ms]b/)
		put(toupper(substr(link, 1, 3)) " " toupper(substr(link, 5)))
	if (link == "addr" || link == "data")
		put("EOR W5,W0,W0")
	if (link ~ /^ctrl/) {
		put("CBNZ W0,L" t)
		put("L" t ":")
	}
	if (link == "ctrlisb")
		put("ISB")
	return link == "addr" ? substr(address, 1, 3) ",W5,SXTW]" : address
}

function thread_x86(    k, place, value) {
	for (k = 0; k < 2 && k < naccesses; k++) {
		place = "(" substr(access[k + 1], 2, 1) ")"
		value = substr(access[k + 1], 3)
		if (k == 1 && link == "mfence")
			put("mfence")
		if (substr(access[k + 1], 1, 1) == "R") {
			put("movl " place ",%e" (k == 0 ? "a" : "b") "x")
		} else if (k == 0 && link == "xchg") {
			put("movl $" value ",%ecx")
			put("xchgl %ecx," place)
		} else {
			put("movl $" value "," place)
		}
	}
}
