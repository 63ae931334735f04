#!/bin/sh
# An import against a server of its own, from a shell: needs simimport, curl and jq.
set -eu

work=$(mktemp -d)
simimport serve --json --exit-with-parent --clock manual --preset one_user --quiet > "$work/ready" &
server=$!
trap 'kill "$server"; wait "$server" || true; rm -r "$work"' EXIT

# one line, once it is ready
until [ -s "$work/ready" ]; do
    kill -0 "$server"
    sleep 0.05
done
url=$(jq -r .url "$work/ready")
control=$(jq -r .control "$work/ready")
user_id=$(jq -r .user_id "$work/ready")
token=$(jq -r .token "$work/ready")

ask() {
    curl -sS --fail-with-body --max-time 20 -H "X-User-Id: $user_id" -H "X-Auth-Token: $token" \
        -H "Content-type: application/json" "$@"
}

ask -X POST "$url/api/v1/import.new" | jq -e .success > /dev/null
ask -X POST "$url/api/v1/import.addUsers" \
    -d '{"users": [{"importIds": ["1"], "emails": ["ann@example.com"], "name": "Ann"}]}' > /dev/null
ask -X POST "$url/api/v1/import.run" > /dev/null
[ "$(ask "$url/api/v1/import.status" | jq -r .state)" = importing ]

# time is ours
ask "$control/clock" -d '{"run_until": "done"}' > /dev/null
[ "$(ask "$url/api/v1/import.status" | jq -r .operation.count.completed)" = 1 ]
ask -X POST "$control/reset" > /dev/null
[ "$(ask "$url/api/v1/import.status" | jq -r .state)" = none ]
echo "an import, and a reset"
