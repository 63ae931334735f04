# What .ci/run and .ci/long share: steps with their times, finding Pythons, making environments.
# Sourced, from anywhere; leaves nothing behind but pip's cache.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec </dev/null
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# step WHAT COMMAND...: run it, and say how long it took; a failure ends everything
step() {
    local what=$1 began=$SECONDS
    shift
    printf '\n── %s\n' "$what"
    "$@" || {
        printf '── FAILED: %s, after %d s\n' "$what" $((SECONDS - began))
        exit 1
    }
    printf '── %s: %d s\n' "$what" $((SECONDS - began))
}

# quietly COMMAND...: show what it says only if it fails
quietly() {
    "$@" >"$work/log" 2>&1 || {
        tail -n 40 "$work/log"
        return 1
    }
}

# python_of VERSION: print the path of an interpreter of that version that runs and can make environments.
# The name may be on the path and yet not run, as pyenv's do; pyenv itself is asked too.
python_of() {
    local candidates=("python$1") candidate
    if command -v pyenv >/dev/null; then
        mapfile -t -O 1 candidates < <(compgen -G "$(pyenv root)/versions/$1.*/bin/python" | sort -rV)
    fi
    for candidate in "${candidates[@]}"; do
        "$candidate" -c '
import ensurepip, sys, venv
if "%d.%d" % sys.version_info[:2] != sys.argv[1]: sys.exit(1)
print(sys.executable)' "$1" 2>/dev/null && return
    done
    return 1
}

# seen_by_git: print what is changed or new in the checkout, or that git cannot tell
seen_by_git() {
    git status --porcelain --untracked-files=all 2>&1 || echo "so nothing is said of what is left behind"
}

# nothing_new: what git sees is what it saw when the script began
before=$(seen_by_git)
nothing_new() {
    local now
    now=$(seen_by_git)
    case $now in fatal:*) printf '%s\n' "$now" ;; esac
    diff <(printf '%s\n' "$before") <(printf '%s\n' "$now")
}

# environment FOLDER PYTHON ARGUMENTS...: make a fresh environment and install into it
environment() {
    local folder=$1 python=$2
    shift 2
    quietly "$python" -m venv "$folder" && quietly "$folder/bin/python" -m pip install "$@"
}
