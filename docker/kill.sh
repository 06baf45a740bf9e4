#!/bin/sh
# kill.sh PROJECT PART: kills the first process of PART's container as a crash would, and returns when another one serves.
# Not `docker kill`: after that the engine starts nothing again, whatever the restart policy.
set -eu
id=$(docker ps -q --filter "label=com.docker.compose.project=$1" --filter "label=com.docker.compose.service=$2")
[ -n "$id" ] || { echo "$2 of $1 does not run" >&2; exit 1; }
pid=$(docker inspect -f '{{.State.Pid}}' "$id")
docker run --rm --pid host --network none --user 0 xasup-redis:local sh -c "kill -9 $pid"
# Another process, not a count: until that runs, the engine still tells the health of the one that was killed.
tries=120
while now=$(docker inspect -f '{{.State.Pid}}' "$id"); [ "$now" = "$pid" ] || [ "$now" = 0 ]; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || { echo "$2 of $1 was not started again within 1 minute" >&2; exit 1; }
    sleep 0.5
done
"$(dirname "$0")/healthy.sh" "$1" "$2"
echo "killed $2: it is healthy again"
