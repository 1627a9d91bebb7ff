# shellcheck shell=sh
# mini_repo.sh: sourced by tests: git repositories of our own drivers, without
# what the user has configured.  Skips the test where there is no git.
#
#	mini_repo DIR		DIR/sys/dev as mini_tree makes it, and DIR/.git
#	in_repo ARGUMENT...	git in $repo, which mini_repo sets; must do it
#	commit NAME		all that is in the work tree, and a tag
#	fault NAME		the drivers get one of drivers/faults

. "$VIOTAPE_SOURCE/tests/cli/mini_tree.sh"
command -v git >/dev/null || {
	echo 'git was not found: skipped'
	exit 77
}
GIT_CONFIG_NOSYSTEM=1
GIT_AUTHOR_NAME=test GIT_AUTHOR_EMAIL=test@example.org
GIT_COMMITTER_NAME=test GIT_COMMITTER_EMAIL=test@example.org
GIT_AUTHOR_DATE='2026-01-12 18:15:33 +0100'
GIT_COMMITTER_DATE=$GIT_AUTHOR_DATE
export GIT_CONFIG_NOSYSTEM GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL \
    GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL GIT_AUTHOR_DATE GIT_COMMITTER_DATE

mini_repo() {
	HOME=$PWD		# asking's scratch folder: no ~/.gitconfig
	export HOME
	repo=$1
	mini_tree "$repo/sys/dev"
	git init -q "$repo" || exit 2
}

in_repo() {
	git -C "$repo" "$@" >/dev/null || exit 2
}

commit() {
	in_repo add -A
	in_repo commit -q -m "$1"
	in_repo tag "$1"
}

fault() {
	_diff=$VIOTAPE_SOURCE/drivers/faults/$1.diff _in=pv
	! grep -q '^--- a/drivers/virtio_pci' "$_diff" || _in=pci
	patch -s -p2 -d "$repo/sys/dev/$_in" <"$_diff" || exit 2
}
