#!/bin/sh
# test_canary.sh: the canary of continuous integration is content with viotape,
# and with nothing that finds nothing, something else, or something more.
set -u
: "${VIOTAPE_SOURCE:?the source tree}"
. "$VIOTAPE_SOURCE/tests/cli/asking.sh"
asking canary

# sings STATUS VIOTAPE
sings() {
	asked=".ci/canary $2"
	"$VIOTAPE_SOURCE/.ci/canary" "$2" >out 2>err
	status=$?
	[ "$status" = "$1" ] || {
		fail "status $status, wanted $1"
		sed 's/^/  /' out err
	}
}

# A viotape that changes what ours says: $1 of its status, $2 by sed of its text.
fake() {
	cat >fake <<END
#!/bin/sh
"$VIOTAPE" "\$@" >text 2>&1
status=\$?
sed '$2' text
exit $1
END
	chmod +x fake
}

sings 0 "$VIOTAPE"
[ "$(grep -c '^canary: status 1, ' out)" = 3 ] || fail "$(cat out)"

fake 0 ''			# everything holds
sings 1 ./fake
has out 'canary: FAILED: viotape check --fault viogpu-no-fb-sync'
has out 'canary: FAILED: viotape prove --fault virtio-lost-kick'
fake '$status' '/^drivers/d'	# it fails, and names nothing
sings 1 ./fake
has out 'found nothing, wanted drivers/virtio_pci.c:queue-stuck'
fake '$status' 's/: queue-stuck: /: no-progress: /'
sings 1 ./fake
has out 'found drivers/virtio_pci.c:no-progress , wanted drivers/virtio_pci.c:queue-stuck'
fake '$status' '/^drivers/{p;s/c:[0-9]*: [a-z-]*/c:1: leak/;}'	# one more
sings 1 ./fake

exit $failed
