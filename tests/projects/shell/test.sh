#!/bin/sh
# Tries newcomers.sh on a simulated server: needs simimport, curl and jq.
set -eu
here=$(dirname "$0")
work=$(mktemp -d)

# each poll makes five seconds pass
simimport serve --json --exit-with-parent --clock poll --step 5 --preset calm --seed 7 --quiet >"$work/ready" &
server=$!
trap 'kill "$server"; wait "$server" || true; rm -r "$work"' EXIT
until [ -s "$work/ready" ]; do
    kill -0 "$server"
    sleep 0.05
done
CHAT_URL=$(jq -r .url "$work/ready")
CHAT_USER_ID=$(jq -r .user_id "$work/ready")
CHAT_TOKEN=$(jq -r .token "$work/ready")
control=$(jq -r .control "$work/ready")
PAUSE=true
export CHAT_URL CHAT_USER_ID CHAT_TOKEN PAUSE

steer() {
    curl -sS --fail-with-body --max-time 20 -H "X-User-Id: $CHAT_USER_ID" -H "X-Auth-Token: $CHAT_TOKEN" "$@"
}

# bring EXIT LAST: the script ends with that, and its last line is that
bring() {
    got=0
    sh "$here/newcomers.sh" "$work/people.json" >"$work/lines" || got=$?
    last=$(tail -n 1 "$work/lines")
    [ "$got $last" = "$1 $2" ] || {
        echo "not ok: $got $last, and not $1 $2" >&2
        exit 1
    }
    echo "ok: $last"
}

jq -n '{users: [range(120) | {importIds: ["hr-\(.)"], emails: ["hr\(.)@example.com"]}]}' >"$work/people.json"
steer "$control/reset" -d '{"scenario": {"failure_rate": 0}}' >"$work/answer"
bring 0 "done 120 of 120"

steer "$control/reset" -d '{"scenario": {"crash_rate": 1, "crash_at": 0.5}}' >"$work/answer"
bring 1 "error 50 of 120"

steer -X POST "$control/reset" >"$work/answer"
steer "$control/faults" -d '[{"kind": "503", "at_poll": 1}, {"kind": "html", "at_poll": 2}]' >"$work/answer"
bring 0 "done 120 of 120"
[ "$(steer "$control/journal" | jq '[.last[] | select(.fault)] | length')" = 2 ]

steer -X POST "$control/reset" >"$work/answer"
steer "$control/faults" -d '[{"kind": "503", "at_poll": 1, "endpoint": "import.run"}]' >"$work/answer"
bring 3 ""
