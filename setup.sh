#!/bin/sh
# Takes a fresh clone to a working caro: looks what is missing, says what it will run,
# installs that, builds, and answers a first request (or runs all tests). It is POSIX sh
# because nothing else can be counted on before it has run. Packages come through the
# system's package manager and Rust through rustup; no shell start-up file is touched.
set -u

usage='usage: ./setup.sh [test | tools | check] [--yes]

  ./setup.sh         install what is missing, build caro, answer a first request
  ./setup.sh test    the same installs and what the tests need, then run all tests
  ./setup.sh tools   only the installs, those of the tests too
  ./setup.sh check   say what is missing, install nothing; ends with 1 if something is

  -y, --yes          install without asking (without a terminal it never asks)
  -h, --help         print this'

main() {
    goal=build yes=no
    for word; do
        case $word in
        test | tools | check) goal=$word ;;
        -y | --yes) yes=yes ;;
        -h | --help) printf '%s\n' "$usage" && exit ;;
        *) say "error: unknown word: $word" "" "$usage" && exit 2 ;;
        esac
    done

    CDPATH='' cd -- "$(dirname -- "$0")" || exit 1
    scratch=$(mktemp -d) || fail "could not make a temporary folder" "see whether ${TMPDIR:-/tmp} is full or read-only"
    trap 'rm -rf "$scratch"' EXIT
    for signal in INT TERM HUP; do
        # Dies of the signal itself, so that the caller sees 130 for a Ctrl-C.
        # shellcheck disable=SC2064
        trap "rm -rf '$scratch'; trap - $signal EXIT; kill -$signal \$\$" "$signal"
    done

    system=$(uname -s)
    rust_wanted=$(sed -n 's/^rust-version = "\([0-9]*\.[0-9]*\).*/\1/p' Cargo.toml)
    cargo_bin=${CARGO_HOME:-$HOME/.cargo}/bin
    users_path=$PATH

    look
    case $goal in
    check) report ;;
    tools) install_missing ;;
    test) install_missing && run_tests ;;
    build) install_missing && build && answer ;;
    esac
}

say() { printf '%s\n' "$@" >&2; }
has() { command -v "$1" >/dev/null 2>&1; }

# fail WHAT NEXT: what could not be done, and what to do about it.
fail() {
    say "" "error: $1" "hint: $2"
    exit 1
}

# --- what is missing ---

# Leaves the missing things in $missing, as words that `describe` explains.
look() {
    missing=
    compiles cc c stdio.h || missing="$missing cc"
    compiles c++ cc vector || missing="$missing c++"
    has_make || missing="$missing make"
    has cmake || missing="$missing cmake"
    has_libclang || missing="$missing libclang"
    find_rust || { has rustup || has curl || missing="$missing curl"; missing="$missing rust"; }
    [ "$goal" = build ] && return
    for tool in bash zsh fish shellcheck less; do has "$tool" || missing="$missing $tool"; done
}

describe() {
    for thing in $missing; do
        case $thing in
        cc) echo "  a C compiler with the C library's headers (cc)" ;;
        c++) echo "  a C++ compiler with its library (c++)" ;;
        make) echo "  make or ninja" ;;
        libclang) echo "  libclang with clang's own headers" ;;
        curl) echo "  curl, to fetch Rust" ;;
        rust) echo "  Rust $rust_wanted or newer${rust_found:+ (here is $rust_found)}" ;;
        bash | zsh | fish | shellcheck | less) echo "  $thing, for the tests" ;;
        *) echo "  $thing" ;;
        esac
    done
}

report() {
    [ -n "$missing" ] || { echo "Everything is here to build and test caro." && exit; }
    echo "Missing:" && describe
    exit 1
}

# compiles COMPILER SUFFIX HEADER: really compiles, as a compiler often comes without headers.
compiles() {
    # Without its command line tools, macOS answers a call of `cc` with a dialogue window.
    [ "$system" != Darwin ] || xcode-select -p >/dev/null 2>&1 || return
    printf '#include <%s>\nint main() { return 0; }\n' "$3" >"$scratch/probe.$2"
    "$1" -o "$scratch/probe" "$scratch/probe.$2" >/dev/null 2>&1
}

# cmake writes Makefiles unless it is told to use ninja.
has_make() {
    has make || { has ninja && CMAKE_GENERATOR=Ninja && export CMAKE_GENERATOR; }
}

# Looks where the build itself will look (the folders of the crate clang-sys), and beside the
# library for clang's own headers: without them the build fails on `stdbool.h`.
has_libclang() {
    llvm=$(llvm-config --prefix 2>/dev/null) || llvm=/usr/local
    xcode=$(xcode-select -p 2>/dev/null) || xcode=/Library/Developer/CommandLineTools
    set -- "$llvm"/lib*/libclang* /usr/lib*/libclang* /usr/lib*/*/libclang* /usr/lib*/*/*/libclang* \
        /usr/local/lib*/libclang* /usr/local/lib*/*/libclang* /usr/local/llvm*/lib*/libclang* \
        "$xcode"/usr/lib/libclang* "$xcode"/Toolchains/XcodeDefault.xctoolchain/usr/lib/libclang* \
        /usr/local/opt/llvm*/lib/libclang*
    [ -z "${LIBCLANG_PATH:-}" ] || set -- "$LIBCLANG_PATH" "$LIBCLANG_PATH"/libclang*
    for library; do
        case ${library##*/} in libclang.so* | libclang-[0-9]*.so* | libclang.dylib) ;; *) continue ;; esac
        [ -f "$library" ] || continue
        # Somebody who sets this brings the headers from elsewhere.
        [ -z "${BINDGEN_EXTRA_CLANG_ARGS:-}" ] || return 0
        folder=${library%/*}
        for header in "$folder"/clang/*/include/stdbool.h "${folder%/*}"/lib/clang/*/include/stdbool.h; do
            [ ! -f "$header" ] || return 0
        done
    done
    return 1
}

# Takes the Rust on the PATH, else the one in ~/.cargo/bin, else rustup's toolchain of that name.
find_rust() {
    rust_found=
    rust_is_new_enough rustc && return
    [ ! -x "$cargo_bin/cargo" ] || PATH=$cargo_bin:$users_path
    rust_is_new_enough rustc && return
    rust_is_new_enough rustup run "$rust_wanted" rustc && RUSTUP_TOOLCHAIN=$rust_wanted && export RUSTUP_TOOLCHAIN
}

# rust_is_new_enough RUSTC...: the words that run rustc; only looking must not let rustup install.
rust_is_new_enough() {
    has cargo || return
    version=$(RUSTUP_AUTO_INSTALL=0 "$@" --version 2>/dev/null | sed -n 's/^rustc \([0-9]*\.[0-9]*\).*/\1/p')
    [ -n "$version" ] || return
    rust_found=$version
    [ "${version%.*}" -gt "${rust_wanted%.*}" ] ||
        { [ "${version%.*}" -eq "${rust_wanted%.*}" ] && [ "${version#*.}" -ge "${rust_wanted#*.}" ]; }
}

# --- installing ---

install_missing() {
    [ -n "$missing" ] || return 0
    plan
    say "caro needs some things that are not here yet:" "$(describe)" "To get them, this will run:"
    [ -z "$packages" ] || say ${refresh:+"  $refresh"} "  $install$packages"
    [ -z "$rust" ] || say "  $rust"
    agreed || fail "nothing was installed, as you asked" "run these commands yourself, then ./setup.sh again"

    [ -z "$packages" ] || install_packages
    [ -z "$rust" ] || install_rust
    look
    [ -z "$missing" ] || fail "still missing after installing:$missing" "install it by hand, then run ./setup.sh again"
}

# Decides on the commands: $refresh, $install$packages and $rust, empty where not needed.
plan() {
    packages='' refresh='' rust='' manager=''
    for thing in $missing; do
        case $system:$thing in
        *:rust) rust="sh rustup.sh -y --profile minimal --no-modify-path    (fetched from https://sh.rustup.rs)"
            ! has rustup || rust="rustup toolchain install $rust_wanted --profile minimal --no-self-update" ;;
        Darwin:cc | Darwin:c++ | Darwin:make | Darwin:libclang) fail "Apple's command line tools are missing" \
            "run \`xcode-select --install\`, wait until its window is done, then run ./setup.sh again" ;;
        *)  [ -n "$manager" ] || choose_manager
            for package in $(packages_for "$manager:$thing"); do
                case "$packages " in *" $package "*) ;; *) packages="$packages $package" ;; esac
            done ;;
        esac
    done
}

choose_manager() {
    managers="apt-get dnf pacman zypper apk" by_hand="install these, then run ./setup.sh again:$missing"
    [ "$system" != Darwin ] || { managers=brew by_hand="install Homebrew from https://brew.sh, or $by_hand"; }
    for manager in $managers none; do ! has "$manager" || break; done

    as_root=
    if [ "$system" != Darwin ] && [ "$(id -u)" -ne 0 ]; then
        if has sudo; then as_root="sudo "; elif has doas; then as_root="doas "; else
            fail "installing packages needs root, and neither sudo nor doas is here" \
                "run ./setup.sh as root, or have these installed:$missing"
        fi
    fi
    case $manager in
    apt-get) refresh="${as_root}apt-get update"
        install="${as_root}env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends" ;;
    dnf) install="${as_root}dnf install -y" ;;
    pacman) install="${as_root}pacman -S --needed --noconfirm" ;;
    zypper) install="${as_root}zypper --non-interactive install" ;;
    apk) install="${as_root}apk add"
        say "note: Alpine (musl) has not been tried; if libclang can't be loaded there, build on a glibc system" ;;
    brew) install="brew install" ;;
    none) fail "found no package manager that this script knows" "$by_hand" ;;
    esac
}

# packages_for MANAGER:THING
packages_for() {
    case $1 in
    apt-get:cc | apt-get:c++ | apt-get:make) echo build-essential ;;
    pacman:cc | pacman:c++ | pacman:make) echo base-devel ;;
    apk:cc | apk:c++ | apk:make) echo build-base ;;
    *:cc) echo gcc ;;
    *:c++) echo gcc-c++ ;;
    apt-get:libclang) echo libclang-dev ;;
    apk:libclang) echo clang-dev ;;
    pacman:libclang) echo clang ;;
    *:libclang) echo clang-devel ;;
    *:curl) echo curl ca-certificates ;;
    dnf:shellcheck | zypper:shellcheck) echo ShellCheck ;;
    *) echo "${1#*:}" ;;
    esac
}

agreed() {
    { [ "$yes" = no ] && [ -t 0 ]; } || return 0
    printf 'Go on? [Y/n] ' >&2
    read -r reply || return
    case $reply in '' | [Yy]*) return 0 ;; *) return 1 ;; esac
}

# The commands run word by word as they were shown.
# shellcheck disable=SC2086
install_packages() {
    say "" "Installing packages: a minute or two, up to 200 MB to fetch."
    # One dead repository fails a whole refresh; whether it matters, the install will tell.
    [ -z "$refresh" ] || $refresh || say "note: \`$refresh\` failed; going on with the package lists that are here"
    $install$packages || fail "could not install the packages:$packages" \
        "the lines above say why; if it is the network or $manager's package lists, mend that, then run ./setup.sh again"
}

# The installer goes to a file first: a download cut short must not be run.
install_rust() {
    say "" "Installing Rust: about a minute, 100 to 200 MB to fetch."
    otherwise="check the network and run ./setup.sh again, or get Rust $rust_wanted or newer another way (https://rust-lang.org/tools/install)"
    if has rustup; then
        rustup toolchain install "$rust_wanted" --profile minimal --no-self-update ||
            fail "rustup could not install Rust $rust_wanted" "$otherwise"
    else
        curl --proto '=https' --tlsv1.2 -sSfL https://sh.rustup.rs -o "$scratch/rustup.sh" ||
            fail "could not fetch rustup, Rust's installer, from https://sh.rustup.rs" "$otherwise"
        sh "$scratch/rustup.sh" -y --profile minimal --no-modify-path ||
            fail "rustup, Rust's installer, did not finish" "$otherwise"
    fi
}

# --- the work ---

build() {
    say "" "Building caro. The first time this compiles llama.cpp: 4 to 10 minutes on 2 cores."
    cargo build --release --locked || fail "could not build caro" \
        "the first error above says why; if it is a download, check the network; then run ./setup.sh again"
}

answer() {
    caro=${CARGO_TARGET_DIR:-target}/release/caro
    request="show me the 5 largest files in /var/log"
    say "" "A first request: $caro --print \"$request\""
    "$caro" --print "$request" || fail "caro was built but could not answer" "run \`$caro doctor\`, it says what is wrong"

    cargo=cargo
    [ "$PATH" = "$users_path" ] || cargo=$cargo_bin/cargo
    say "" "caro is ready: $caro" "To have it on your PATH, as $cargo_bin/caro:" \
        "  $cargo ${RUSTUP_TOOLCHAIN:++$RUSTUP_TOOLCHAIN }install --path . --locked"
}

run_tests() {
    say "" "Building caro and its tests. The first time this compiles llama.cpp: 4 to 10 minutes on 2 cores."
    # Nothing follows: the output ends with the test runner's own summary.
    cargo test --release --locked || exit 1
}

main "$@"
