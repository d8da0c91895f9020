#!/usr/bin/env bash
# A thousand kills of the agent in the midst of deployments, then hostile bytes for every parser, guided by
# coverage: torture.sh [SECONDS [PARSER…]] (a minute each; the kills only where no parser is named).
# HOTFIX_KILLS=N makes them so many, HOTFIX_SEED=N chooses the same moments again; the seed is printed.
# What a parser fell over is kept in target/fuzz/found, and the way to run it again is printed.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/paths.sh
seconds=${1:-60}
shift || true
if [ $# -eq 0 ]; then
  log=target/torture-kills.log
  cargo build --locked --workspace --all-targets
  if HOTFIX_KILLS=${HOTFIX_KILLS:-1000} cargo test --locked --workspace --test all -- \
    crash::kills --nocapture >"$log" 2>&1; then
    grep "kills in" "$log" | sed 's/^/torture: /'
  else
    tail -20 "$log"
    echo "torture: a killed agent broke its promise; again: HOTFIX_SEED=… (log: $log)"
    exit 1
  fi
fi
host=$(rustc -vV | sed -n 's/^host: //p')
# The instrumentation that libFuzzer reads; flags of the stable compiler. With a target of its own, so
# that programs which run during the build stay as they are.
export RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares"
export CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS=true
export CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS=true
cargo build --locked --release --target "$host" --target-dir target/fuzz \
  -p hotfix-tests --features fuzz --bin fuzz
program=target/fuzz/$host/release/fuzz
[ $# -gt 0 ] || set -- $(sed -n 's/.*Parser { name: "\([a-z]*\)".*/\1/p' tests/src/bin/fuzz.rs)
mkdir -p target/fuzz/found
failed=0
for parser in "$@"; do
  corpus=target/fuzz/corpus/$parser
  mkdir -p "$corpus"
  log=target/fuzz/$parser.log
  if PARSER=$parser CORPUS=$corpus "$program" -max_total_time="$seconds" -timeout=10 \
    -rss_limit_mb=2048 -max_len=65536 -print_final_stats=1 \
    -artifact_prefix="target/fuzz/found/$parser-" "$corpus" >"$log" 2>&1; then
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    echo "torture: $parser stood $runs inputs"
  else
    failed=1
    grep -E "panicked|ERROR: libFuzzer|Test unit written" -A1 "$log" | head -8
    echo "torture: $parser fell; again: PARSER=$parser CORPUS=$corpus $program FILE (log: $log)"
  fi
done
exit $failed
