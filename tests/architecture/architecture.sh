#!/bin/sh
# architecture.sh: checks the shape of a source tree.
#
#	architecture.sh CHECK DIR	CHECK is one of those below, or all
#
# Prints a line "FILE: what is wrong" for each fault; status 1 if there is one.
# That each check can fail is tested by test_architecture.sh.

set -eu
LC_ALL=C
export LC_ALL

# --- the rules ---------------------------------------------------------------

# layer          : may include files of these layers     : and these libraries
#
# A layer is a folder, but for:	door	sim/shim/hypercall.h
#				guest	sim/shim/kern_*
#				kernel	sim/shim/include, OpenBSD's header names
# What is not of this tree and not one of libraries below is the system's.
layers='
sim/base    : sim/base                                             :
sim/mem     : sim/mem sim/base                                     :
sim/trace   : sim/trace sim/base                                   : zstd
sim/machine : sim/machine sim/mem sim/base                         : fdt
sim/device  : sim/device sim/machine sim/mem sim/base              :
sim/shim    : sim/shim door sim/machine sim/mem sim/base           :
sim/engine  : sim/engine sim/shim door sim/device sim/machine sim/trace sim/mem sim/base :
sim/sim.h   : sim/engine sim/shim door sim/device sim/machine sim/trace sim/mem sim/base :
harness     : harness sim/sim.h                                    :
door        :                                                      :
kernel      : kernel                                               :
guest       : guest door kernel                                    :
drivers     : drivers kernel                                       :
tests       : *                                                    : zstd fdt cmocka
'
libraries='zstd.h=zstd zstd_errors.h=zstd libfdt.h=fdt libfdt_env.h=fdt fdt.h=fdt cmocka.h=cmocka'

# What tells one system from another stands in this file only.
host_file=sim/base/host.c
host_words='__linux__|__APPLE__|__(Free|Open|Net)BSD__|_GNU_SOURCE|_DARWIN_C_SOURCE'
host_headers='mach/|mach-o/|link\.h|sys/prctl\.h|sys/epoll\.h|sys/eventfd\.h'

# Directories of people's machines (written so that they are not themselves).
machine_paths='/ho[m]e/[A-Za-z]|/Us[e]rs/[A-Za-z]|/ro[o]t/|(^|[^A-Za-z0-9_.}~-])/wo[r]k/'

# --- the checks --------------------------------------------------------------

sources() {
	find sim harness drivers tests -type f -name '*.[ch]' 2>/dev/null | sort
}

# The layer table, by every line "#include".
check_layers() {
	sources >"$scratch/files"
	xargs awk '/^[ \t]*#[ \t]*include[ \t]*[<"]/ {
		sub(/^[ \t]*#[ \t]*include[ \t]*/, "")
		rest = substr($0, 2); sub(/[>"].*/, "", rest)
		print FILENAME, substr($0, 1, 1) rest
	}' <"$scratch/files" >"$scratch/includes"
	awk -v table="$layers" -v libraries="$libraries" '
	function layer(f) {
		if (f == "sim/sim.h") return f
		if (f == "sim/shim/hypercall.h") return "door"
		if (f ~ /^sim\/shim\/include\//) return "kernel"
		if (f ~ /^sim\/shim\/kern_/) return "guest"
		if (f ~ /^sim\/[a-z]+\//) { split(f, p, "/"); return "sim/" p[2] }
		split(f, p, "/"); return p[1]
	}
	function base(f) { sub(/.*\//, "", f); return f }
	function is_guest(l) { return l == "kernel" || l == "guest" || l == "drivers" }
	BEGIN {
		n = split(table, rows, "\n")
		for (i = 1; i <= n; i++) {
			if (split(rows[i], cell, ":") < 3) continue
			name = cell[1]; gsub(/[ \t]/, "", name)
			known[name] = 1
			m = split(cell[2], w, " ")
			for (k = 1; k <= m; k++) may[name, w[k]] = 1
			m = split(cell[3], w, " ")
			for (k = 1; k <= m; k++) uses[name, w[k]] = 1
		}
		n = split(libraries, w, " ")
		for (i = 1; i <= n; i++) { split(w[i], p, "="); library[p[1]] = p[2] }
	}
	FNR == NR {
		exists[$1] = 1
		if (layer($1) != "kernel" && $1 ~ /\.h$/) place[base($1)] = $1
		if (!(layer($1) in known))
			print $1 ": is in no layer of the table"
		next
	}
	{
		file = $1; from = layer(file)
		quoted = substr($2, 1, 1) == "\""; name = substr($2, 2); to = ""
		if (!quoted && is_guest(from)) {
			if (("sim/shim/include/" name) in exists) to = "kernel"
			else if (("drivers/" name) in exists) to = "drivers"
			else {
				print file ": includes <" name ">, which is not a kernel header"
				next
			}
		} else if (!quoted) {
			if (name in library && !((from, library[name]) in uses))
				print file ": " from " may not use the library of <" name ">"
			next
		} else if (name ~ /\//) {
			print file ": includes \"" name "\" by a path, not by its name"
			next
		} else if (is_guest(from) && ("sim/shim/include/" name) in exists) {
			to = "kernel"	# what config(8) makes
		} else if (name in place) {
			to = layer(place[name])
		} else {
			print file ": includes \"" name "\", which is nowhere"
			next
		}
		if (!((from, to) in may) && !((from, "*") in may))
			print file ": " from " may not include " to " (" name ")"
	}' "$scratch/files" "$scratch/includes"
}

# A name names one file.  OpenBSD's headers keep the names they have.
check_names() {
	sources | grep -v -e '^sim/shim/include/' -e '^drivers/dev/' |
	awk '{
		name = $0; sub(/.*\//, "", name)
		if (name in seen) print $0 ": has the name of " seen[name]
		seen[name] = $0
	}'
}

# Every header compiles alone: the host'"'"'s as host, the guest'"'"'s as guest.
check_headers() {
	sources | grep '\.h$' >"$scratch/headers"
	quote=
	for dir in sim sim/base sim/mem sim/trace sim/machine sim/device sim/shim \
	    sim/engine harness tests/unit; do
		quote="$quote -iquote $dir"
	done
	guest='^sim/shim/(include/|kern_|hypercall\.h$)|^drivers/|^tests/.*_guest\.h$'
	while read -r header; do
		if echo "$header" | grep -Eq "$guest"; then
			flags='-std=gnu11 -nostdinc -ffreestanding -D_KERNEL
			    -Isim/shim/include -Idrivers -iquote sim/shim'
		else
			flags="-std=c11 -D_POSIX_C_SOURCE=200809L $quote"
		fi
		printf '#include "%s"\n' "$PWD/$header" >"$scratch/alone.c"
		# shellcheck disable=SC2086
		if ! ${CC:-cc} $flags -Werror=implicit-function-declaration \
		    -fsyntax-only "$scratch/alone.c" 2>"$scratch/words"; then
			echo "$header: does not compile alone:" \
			    "$(grep -m 1 'error' "$scratch/words")"
		fi
	done <"$scratch/headers"
}

# No directory of somebody's machine, in any text file.
check_paths() {
	find . \( -name .git -o -name build \) -prune -o -type f \
	    -exec grep -InE "$machine_paths" /dev/null {} + | sort |
	    sed 's/^\.\///; s/$/: a path of some machine/'
	case $PWD in
	/*/*/*)
		find . \( -name .git -o -name build \) -prune -o -type f \
		    -exec grep -IlF "$PWD/" {} + | sort |
		    sed 's/^\.\///; s/$/: the path of this tree/' ;;
	esac
}

# Differences between systems stand in one file.  Guests have no system.
check_hosts() {
	sources | grep -Ev "^$host_file$|^sim/shim/(include/|kern_)|^drivers/" |
	xargs grep -nE "$host_words|#[ 	]*include[ 	]*<($host_headers)" \
	    /dev/null | sed "s|\$|: belongs in $host_file|"
}

# --- running them ------------------------------------------------------------

checks='layers names headers paths hosts'
[ $# = 2 ] || { sed -n '2,/^$/s/^# \{0,1\}//p' "$0" >&2; exit 2; }
[ "$1" = all ] || checks=$1
cd "$2"
scratch=$(mktemp -d "${TMPDIR:-/tmp}/architecture.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 2' HUP INT TERM
for check in $checks; do
	"check_$check" || echo "$check: the check itself failed"
done >"$scratch/faults"
cat "$scratch/faults"
[ ! -s "$scratch/faults" ]
