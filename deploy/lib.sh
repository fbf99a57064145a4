# What deploy/start and tests/run share: saying plainly what is missing, and installing it. Sourced, never run.

say() { printf '%s\n' "$*" >&2; }

fail() {
    say "$*"
    exit 1
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo "$@"
    else
        fail "This needs an administrator: please run as root or install sudo, or run yourself: $*"
    fi
}

# need_packages PACKAGE=PROBE ... : installs each Debian package whose probe command fails.
need_packages() {
    missing=""
    for pair in "$@"; do
        sh -c "${pair#*=}" >/dev/null 2>&1 || missing="$missing ${pair%%=*}"
    done
    [ -z "$missing" ] && return 0
    command -v apt-get >/dev/null 2>&1 ||
        fail "Missing:$missing. This machine has no apt-get; please install these with its own package manager."
    say "Installing$missing (Debian packages) …"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
    # shellcheck disable=SC2086 # one word a package
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null ||
        fail "These could not be installed:$missing. Please ask IT to install them, then start again."
}

find_python() {
    for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
        if command -v "$candidate" >/dev/null 2>&1 &&
            "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return 0
        fi
    done
    return 1
}

# need_environment FOLDER LOCK : a Python environment that holds exactly what the lock file names, and this project.
need_environment() {
    python=$(find_python) || fail "Storyshelf needs Python 3.11 or newer; this machine has none. Debian 12 and Ubuntu 24.04 do."
    stamp=$( (cat "$2" pyproject.toml; "$python" --version) | sha256sum | cut -d' ' -f1)
    [ "$(cat "$1/.storyshelf" 2>/dev/null)" = "$stamp" ] && [ -x "$1/bin/python" ] && return 0
    say "Setting up Python packages in $1 (a few minutes the first time) …"
    rm -rf "$1"
    "$python" -m venv "$1"
    "$1/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: \
        --no-deps -r "$2" || fail "The Python packages could not be installed. Is the package index reachable?"
    "$1/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
    printf '%s\n' "$stamp" >"$1/.storyshelf"
}
