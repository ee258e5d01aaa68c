#!/usr/bin/env bash
# The alert rules, their unit tests, their runbook, and the queries of the dashboard. Needs promtool (Debian's package
# prometheus) and the packages of deploy/ (npm ci in there; deploy/check.sh does it).
set -euo pipefail
cd "$(dirname "$0")"

queries=$(mktemp --suffix=.yaml)
trap 'rm -f "$queries"' EXIT

promtool check config prometheus.yaml
promtool test rules rules.test.yaml
node ../check/metrics.mjs "$queries"
promtool check rules "$queries"
