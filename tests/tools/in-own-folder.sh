#!/usr/bin/env bash
# Runs a command with a folder of its own for temporary files. In the end, however it comes, whatever still runs in there (an Apache Kafka,
# instances) is ended, and the folder is removed.
set -uo pipefail

folder=$(mktemp -d "${TMPDIR:-/tmp}/kpistream-XXXXXX")
child=
clean() {
    [ -z "$child" ] || kill -TERM -- "-$child" 2>/dev/null
    for process in /proc/[0-9]*; do
        case $(readlink "$process/cwd" 2>/dev/null) in
        "$folder"/*) kill -KILL "${process#/proc/}" 2>/dev/null ;;
        esac
    done
    rm -rf "$folder"
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
# In a process group of its own, which can be ended as a whole, and waited for, so that a signal is heard while it runs.
set -m
TMPDIR=$folder "$@" </dev/null &
child=$!
wait "$child"
