#!/bin/sh
# Sets up all that the backend and its tests need, and only what is missing. Run by `make setup`.
#   ./setup.sh           for the backend with its log in Redis
#   ./setup.sh kafka     also Java, Maven and the jars of Kafka and ZooKeeper
#   ./setup.sh test      also what the tests need beyond that
# Exits 2, saying what to type, when the system packages are not there and may not be installed.
set -eu
cd "$(dirname "$0")"
python=${PYTHON:-python3}
purpose=${1:-redis}
case "$purpose" in
    redis | kafka | test) ;;
    *) echo "setup: $purpose: expected kafka, test, or nothing" >&2; exit 2 ;;
esac
packages="mosquitto mosquitto-clients mosquitto-dev libmosquitto-dev liblmdb-dev libssl-dev redis-server gcc libc6-dev make tmux python3-venv"
if [ "$purpose" != redis ]; then
    # Any Java from 17 on will do, and any Maven: only what has none gets Debian's.
    command -v java >/dev/null || packages="$packages default-jre-headless"
    command -v mvn >/dev/null || packages="$packages maven"
fi
[ "$purpose" != test ] || packages="$packages kcat groff-base"

missing=
for package in $packages; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' || missing="$missing $package"
done
if [ -z "$missing" ]; then
    echo " checking system packages … $packages: ok"
else
    echo " checking system packages … missing:$missing"
    if [ "$(id -u)" = 0 ]; then become=
    elif command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then become=sudo
    else
        echo "setup: cannot install them without the right to do so; ask an administrator to type:" >&2
        echo "    apt-get update && apt-get install -y$missing" >&2
        exit 2
    fi
    # RUNLEVEL=1: the packages' own services stay off; XasUp starts its own, on its own ports and files.
    $become apt-get update -qq
    $become env RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends $missing >/dev/null || {
        echo "setup: apt-get could not install:$missing; its message is above" >&2
        exit 2
    }
    for service in mosquitto redis-server; do
        case "$missing " in *" $service "*) $become systemctl disable --quiet "$service" 2>/dev/null || true ;; esac
    done
fi

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "setup: $python is older than 3.11; name a newer one: make PYTHON=/path/to/python3.11 …" >&2
    exit 2
}
stamp=.venv/.installed
if ! cmp -s constraints.txt "$stamp.constraints" || ! cmp -s pyproject.toml "$stamp.pyproject" || [ ! -x .venv/bin/xasup ]; then
    echo " installing Python packages into .venv …"
    "$python" -m venv --clear .venv
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[all,dev]'
    cp constraints.txt "$stamp.constraints"
    cp pyproject.toml "$stamp.pyproject"
fi
echo " Python environment … .venv: ok"

make -s -C broker/plugin all
echo " building broker/plugin/xasup_acl.so … ok"

case "$purpose" in
    kafka) .venv/bin/xasup kafka fetch ;;
    test) .venv/bin/xasup kafka fetch --for-tests ;;
esac
