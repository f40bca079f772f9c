# Sourced by the other scripts: goes to the project's root and sees to it that what the build needs is there.
# On Debian and Ubuntu it installs what is missing, when it may; otherwise it says what to do and ends.

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 70

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

# need COMMAND-OR-FILE PACKAGE...: remembers the packages when the command, or the file, is not there
missing=()
need() {
    local what=$1
    shift
    case $what in
    /*) [ -e "$what" ] || missing+=("$@") ;;
    *) command -v "$what" >/dev/null 2>&1 || missing+=("$@") ;;
    esac
}

# set_up [COMMAND PACKAGE]...: the build's needs, and any further commands of the calling script
set_up() {
    if ! command -v swift >/dev/null 2>&1; then
        say "no Swift toolchain on PATH"
        say "hint: install Swift 6.2 or later from https://www.swift.org/install/linux/ and put its usr/bin on PATH"
        exit 69
    fi
    local triplet
    triplet=$(gcc -print-multiarch 2>/dev/null || dpkg-architecture -qDEB_HOST_MULTIARCH 2>/dev/null || echo "$(uname -m)-linux-gnu")
    need gcc gcc libc6-dev
    need g++ g++
    need ld binutils
    need pkg-config pkg-config
    need git git
    need /usr/include/openssl/evp.h libssl-dev
    need /usr/include/libxml2/libxml/parser.h libxml2-dev
    need /usr/include/sqlite3.h libsqlite3-dev
    [ -e "/usr/include/$triplet/curl/curl.h" ] || need /usr/include/curl/curl.h libcurl4-openssl-dev
    need /usr/share/zoneinfo/Europe/Amsterdam tzdata
    while [ $# -gt 1 ]; do
        need "$1" "$2"
        shift 2
    done
    [ ${#missing[@]} -gt 0 ] || return 0

    local as_root=()
    if [ "$(id -u)" != 0 ]; then
        if command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
            as_root=(sudo -n)
        else
            say "missing: ${missing[*]}"
            say "hint: sudo apt-get install ${missing[*]}"
            exit 69
        fi
    fi
    if ! command -v apt-get >/dev/null 2>&1; then
        say "missing, and there is no apt-get to install it with: ${missing[*]} (Debian's names)"
        say "hint: install your system's packages for OpenSSL 3, libxml2, SQLite 3 and libcurl with their headers"
        exit 69
    fi
    say "installing ${missing[*]}"
    local log
    log=$(mktemp)
    if ! { "${as_root[@]}" apt-get update -q &&
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "${missing[@]}"; } \
        >"$log" 2>&1; then
        tail -n 5 "$log" >&2
        say "apt-get could not install ${missing[*]}; its output is in $log"
        exit 69
    fi
    rm -f "$log"
}
