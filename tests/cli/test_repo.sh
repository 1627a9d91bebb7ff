#!/bin/sh
# test_repo.sh: --repo DIR --rev REV: the drivers of a revision of a git
# repository, by one that is made here of our own: revisions, a work tree that
# stays as it is, and what is said of what is not there.
set -u
. "$(dirname "$0")/asking.sh"
. "$(dirname "$0")/mini_repo.sh"
asking repo
run 2 check --repo src --rev good viogpu-console
has err 'src is no git repository; git says: '

mini_repo src
commit good
fault viogpu-no-fb-sync
commit bad
in_repo rm -q sys/dev/pv/virtio.c
commit without
in_repo mv sys top
commit elsewhere
in_repo checkout -q bad

# A work tree that is being worked in is neither read nor changed.
echo 'not C' >src/sys/dev/pv/viogpu.c
echo 'new' >src/sys/dev/pv/virtio_new.c
in_repo add sys/dev/pv/virtio_new.c
git -C src status --porcelain >before
run 0 check --repo src --rev good -m amd64-sev viogpu-console vio-dhcp
has out '^the drivers of src at good$'
run 1 check --repo src --rev bad -m amd64-sev viogpu-console
has out '^sys/dev/pv/viogpu\.c:[0-9]*: sync-missing-prewrite: '
run 1 check --repo src --rev HEAD -m amd64-sev viogpu-console
run 0 check --repo src --rev HEAD~1 -m amd64-sev viogpu-console
run 0 check --repo src/sys --rev "$(git -C src rev-parse good)" \
    -m amd64-sev viogpu-console
git -C src status --porcelain >after
cmp -s before after || fail 'the work tree changed'

# A bare one, its git directory, one whose top is sys; and a repository that a
# hook's environment names is not the one that was asked for.
git clone -q --bare src bare.git || exit 2
run 0 check --repo bare.git --rev good -m arm64-qemu viogpu-console
run 0 check --repo src/.git --rev good -m arm64-qemu viogpu-console
mini_tree sys/dev
git init -q sys || exit 2
git -C sys add -A && git -C sys commit -q -m first || exit 2
GIT_DIR=$PWD/bare.git
export GIT_DIR
run 0 check --repo sys --rev HEAD -m arm64-qemu viogpu-console
unset GIT_DIR

run 0 replay --repo src --rev good -m arm64-qemu viogpu-console
run 1 replay --repo src --rev bad -m amd64-sev viogpu-console

# What is not there.
run 2 check --repo src --rev goood viogpu-console
has err 'the repository src has no revision goood; --rev wants a commit'
run 2 check --repo src --rev=--all viogpu-console
has err 'the repository src has no revision --all'
run 2 check --repo src --rev 'good:sys' viogpu-console
has err 'has no revision good:sys'
run 2 check --repo nowhere --rev good viogpu-console
has err 'nowhere is no git repository'
run 2 check --repo src --rev without viogpu-console
has err 'revision without of src has no sys/dev/pv/virtio\.c; a guest is'
run 2 check --repo src --rev elsewhere viogpu-console
has err 'revision elsewhere of src has no drivers of virtio: neither in'
run 2 check --repo src viogpu-console
has err '--repo wants --rev'
run 2 check --rev good viogpu-console
has err '--rev wants --repo'
run 2 check --repo src --rev good --sys src viogpu-console
has err '--sys and --repo are two trees'
run 125 check --git-bisect --repo src --rev without viogpu-console
exit $failed
