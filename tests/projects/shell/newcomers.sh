#!/bin/sh
# Brings newcomers into Rocket.Chat: newcomers.sh FILE, with CHAT_URL, CHAT_USER_ID and CHAT_TOKEN.
# Prints a line per poll, and ends with 0 where all went well. PAUSE is what it does between two polls.
set -eu

ask() {
    curl -sS --max-time 20 -H "X-User-Id: $CHAT_USER_ID" -H "X-Auth-Token: $CHAT_TOKEN" \
        -H "Content-type: application/json" "$@"
}

post() {
    endpoint=$1
    shift
    ask -X POST "$CHAT_URL/api/v1/$endpoint" "$@" | jq -e .success >/dev/null || {
        echo "$endpoint was refused" >&2
        exit 3
    }
}

post import.new
post import.addUsers -d @"$1"
post import.run

failures=0
while [ "$failures" -lt 10 ]; do
    ${PAUSE:-sleep 5}
    # what is no JSON, or no answer, is a failure
    if status=$(ask -f "$CHAT_URL/api/v1/import.status" 2>/dev/null) &&
        line=$(printf %s "$status" | jq -er '"\(.state) \(.operation.count | .completed + .error) of \(.operation.count.total)"' 2>/dev/null); then
        failures=0
        echo "$line"
        case $line in
        done*) exit 0 ;;
        error* | canceled*) exit 1 ;;
        esac
    else
        failures=$((failures + 1))
    fi
done
echo "gave up after $failures polls without an answer" >&2
exit 2
