#!/bin/sh
# need.sh PROGRAM PACKAGE: make sure a program of Debian's is there; install it when root, else say how.
# PROGRAM is a name, or a pattern of paths where a package keeps its programs off PATH.
set -eu
program=$1 package=$2
for found in $program; do
    command -v "$found" >/dev/null 2>&1 && exit 0
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing $package (Debian) ..." >&2
    export DEBIAN_FRONTEND=noninteractive
    log=$(mktemp)
    if { apt-get update -qq && apt-get install -y -qq --no-install-recommends "$package"; } >"$log" 2>&1; then
        rm -f "$log"
        exit 0
    fi
    cat "$log" >&2
    rm -f "$log"
    echo "Could not install $package. Check that this machine reaches a Debian mirror, then run the same command again." >&2
    exit 3
fi
echo "The program '$program' is missing. Ask an administrator to run:  apt-get install $package" >&2
exit 3
