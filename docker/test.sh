#!/bin/sh
# Tries the images and compose files: builds, brings each compose file up, plays the main story from outside, kills
# containers while messages are on their way, and takes all down again, volumes too. Run by `make docker-test`.
#   docker/test.sh              builds, then tries both logs
#   docker/test.sh build        builds alone
#   docker/test.sh redis|kafka  tries one log, with images that are there
# Environment: BASE, the base image; BUILD_FLAGS, more for `docker build` (as --network host); DOCKER_HOST.
set -eu
cd "$(dirname "$0")/.."
project=xasup-docker-test
port=${XASUP_PUBLISH_MQTT:-21883}
export XASUP_PUBLISH_MQTT="$port" XASUP_PUBLISH_WS="${XASUP_PUBLISH_WS:-28083}"
if docker compose version >/dev/null 2>&1; then compose="docker compose"; else compose="docker-compose"; fi

build() {
    for target in redis xasup kafka; do
        # shellcheck disable=SC2086 - several flags in one variable are meant
        docker build --quiet ${BUILD_FLAGS:-} --build-arg BASE="${BASE:-debian:bookworm-slim}" \
            --file docker/Dockerfile --target "$target" --tag "xasup-$target:local" .
    done
}

try() {
    files="-f docker/compose.yaml"
    [ "$1" = redis ] || files="$files -f docker/compose.kafka.yaml"
    run="$compose -p $project $files"
    folder=$(mktemp -d)
    trap '$run down -v --remove-orphans >/dev/null 2>&1 || true; rm -rf "$folder"' EXIT INT TERM
    $run up -d --no-build || { $run ps; $run logs --tail 40; return 1; }
    for part in $($run config --services); do "$PWD/docker/healthy.sh" "$project" "$part"; done
    for person in alice bob carol mallory dave; do
        $run exec -T broker xasup users create "$person" >/dev/null
        $run exec -T broker xasup devices create "$person" laptop --host 127.0.0.1 --port "$port" \
            | grep -o 'xasup://[^ ]*' >"$folder/$person"
    done
    parts="broker bridge history contacts redis"
    [ "$1" = redis ] || parts="$parts kafka zookeeper"
    printf '#!/bin/sh\nexec "%s/docker/kill.sh" %s "$1"\n' "$PWD" "$project" >"$folder/kill"
    chmod +x "$folder/kill"
    # shellcheck disable=SC2086 - one word for each part
    PYTHONPATH=. .venv/bin/python docker/play.py "$folder" "$folder/kill" $parts || { $run logs --tail 40; return 1; }
    $run down -v --remove-orphans
    rm -rf "$folder"
    trap - EXIT INT TERM
    echo "docker-test, log in $1: ok"
}

case "${1:-all}" in
    build) build ;;
    redis | kafka) try "$1" ;;
    all) build; try redis; try kafka ;;
    *) echo "docker/test.sh: $1: expected build, redis, kafka, or nothing" >&2; exit 2 ;;
esac
