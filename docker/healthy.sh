#!/bin/sh
# healthy.sh PROJECT PART: returns when the container of PART is healthy; 1 where it is not within 2 minutes.
set -eu
tries=240
while [ "$tries" -gt 0 ]; do
    id=$(docker ps -q --filter "label=com.docker.compose.project=$1" --filter "label=com.docker.compose.service=$2")
    state=$([ -z "$id" ] || docker inspect -f '{{.State.Health.Status}}' "$id" 2>/dev/null || true)
    [ "$state" != healthy ] || exit 0
    tries=$((tries - 1))
    sleep 0.5
done
echo "$2 of $1 is not healthy after 2 minutes: ${state:-no container}" >&2
exit 1
