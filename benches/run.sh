#!/usr/bin/env bash
# Measures, each against a yardstick of the same run on the same machine, and prints what came out. All of it together also writes the table
# in docs/performance.md.
#   benches/run.sh [report] [kafka] [fold] [index] [memory] [partitions] [evaluation] [snapshot] [recovery]      default: all
# EVENTS (default 5000000) is the number of events of `kafka`; `report` takes a tenth of it.
# `recovery` takes 4 minutes of a quiet machine: LEADS (1000000) in the state, RATE (20000) events a second, MEASURE (60) seconds of
# freshness, KILLS (3).
set -euo pipefail
cd "$(dirname "$0")/.."
events=${EVENTS:-5000000}
what=${*:-report kafka fold index memory partitions evaluation snapshot recovery}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export BENCH_TABLE="$work/table"
cargo build --quiet --locked --release -p kpistream -p benches
cargo build --quiet --locked --release -p kafka --example bare_reader
bin=target/release

for bench in $what; do
  case $bench in
    fold | index | evaluation | memory | partitions | snapshot) "$bin/$bench" ;;
    report)
      "$bin/flood" "$((events / 10))" > "$work/events.ndjson"
      "$bin/report" "$bin/kpistream" "$(sh tests/tools/fetch-python.sh duckdb)/python" benches/yardstick.py "$work/events.ndjson"
      ;;
    kafka) "$bin/run" "$bin/kpistream" "$bin/examples/bare_reader" "$events" ;;
    recovery) "$bin/recovery" "$bin/kpistream" "${LEADS:-1000000}" "${RATE:-20000}" "${MEASURE:-60}" "${KILLS:-3}" ;;
    *) echo "unknown bench $bench: use report, kafka, fold, index, memory, partitions, evaluation, snapshot or recovery" >&2; exit 2 ;;
  esac
done

if [ $# -eq 0 ]; then
  page=docs/performance.md
  {
    sed '/<!-- bench: begin -->/q' "$page"
    echo "| what | measured | beside | wanted |"
    echo "|---|---|---|---|"
    cat "$BENCH_TABLE"
    sed -n '/<!-- bench: end -->/,$p' "$page"
  } > "$work/page"
  cp "$work/page" "$page"
  echo "written to $page"
fi
