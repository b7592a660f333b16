#!/usr/bin/env bash
# Measures, each against a yardstick of the same run on the same machine, and prints the ratios.
#   benches/run.sh [fold] [evaluation] [memory] [partitions] [snapshot] [report] [kafka] [recovery]      default: all but recovery
# EVENTS (default 5000000) is the number of events of `kafka`; `report` takes a tenth of it.
# `recovery` holds itself against wishes, not a yardstick, and takes 4 minutes of a quiet machine: LEADS (1000000) in the state,
# RATE (20000) events a second, MEASURE (60) seconds of freshness, KILLS (3).
set -euo pipefail
cd "$(dirname "$0")/.."
events=${EVENTS:-5000000}
what=${*:-fold evaluation memory partitions snapshot report kafka}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cargo build --quiet --locked --release -p kpistream -p benches
cargo build --quiet --locked --release -p kafka --example bare_reader
bin=target/release

for bench in $what; do
  case $bench in
    fold | evaluation | memory | partitions | snapshot) "$bin/$bench" ;;
    report)
      "$bin/flood" "$((events / 10))" > "$work/events.ndjson"
      "$bin/report" "$bin/kpistream" "$work/events.ndjson"
      ;;
    kafka) "$bin/run" "$bin/kpistream" "$bin/examples/bare_reader" "$events" ;;
    recovery) "$bin/recovery" "$bin/kpistream" "${LEADS:-1000000}" "${RATE:-20000}" "${MEASURE:-60}" "${KILLS:-3}" ;;
    *) echo "unknown bench $bench: use fold, evaluation, memory, partitions, snapshot, report, kafka or recovery" >&2; exit 2 ;;
  esac
done
