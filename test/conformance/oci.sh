#!/usr/bin/env bash
# Runs the OCI distribution-spec's own conformance suite against our registry.
#
# usage: OCI_CONFORMANCE=/path/to/conformance test/conformance/oci.sh
#
# OCI_CONFORMANCE names the suite's program: that of the newest suite, or of the released v1.1.1. OCI_VERSION chooses the
# version of the spec that the newest suite tests (1.1, or dev for what comes after it). The report goes to
# OCI_RESULTS_DIR, by default a new folder. Without OCI_CONFORMANCE nothing is run, and the exit status is 0.
set -euo pipefail

if [[ -z ${OCI_CONFORMANCE:-} ]]; then
  echo "conformance: skipped: OCI_CONFORMANCE does not name the program of the OCI conformance suite"
  exit 0
fi
if [[ ! -f $OCI_CONFORMANCE || ! -x $OCI_CONFORMANCE ]]; then
  echo "conformance: OCI_CONFORMANCE=$OCI_CONFORMANCE is not a program" >&2
  exit 2
fi

root=$(cd "$(dirname "$0")/../.." && pwd)
suite=$(realpath "$OCI_CONFORMANCE")
state=$(mktemp -d)
results=${OCI_RESULTS_DIR:-$(mktemp -d)}
mkdir -p "$results"
results=$(realpath "$results")

mkfifo "$state/stdin" "$state/stdout"
"$root/node_modules/.bin/node" --disable-warning=ExperimentalWarning \
  "$root/test/integration/registry/server.ts" "$state/data" <"$state/stdin" >"$state/stdout" &
server=$!
# The registry ends when its standard input does, that is with this script, however that ends.
exec 3>"$state/stdin" 4<"$state/stdout"
trap 'exec 3>&-; wait "$server" || true; rm -rf "$state"' EXIT
read -r _ port <&4

# The first four are the newest suite's, the others v1.1.1's; each ignores or merely mentions what it does not know.
export OCI_REGISTRY=127.0.0.1:$port OCI_TLS=disabled OCI_RESULTS_DIR=$results OCI_VERSION=${OCI_VERSION:-1.1}
export OCI_ROOT_URL=http://127.0.0.1:$port OCI_NAMESPACE=conformance/repo1 OCI_CROSSMOUNT_NAMESPACE=conformance/repo2
export OCI_TEST_PULL=1 OCI_TEST_PUSH=1 OCI_TEST_CONTENT_DISCOVERY=1 OCI_TEST_CONTENT_MANAGEMENT=1
export OCI_AUTOMATIC_CROSSMOUNT=1 OCI_HIDE_SKIPPED_WORKFLOWS=0 OCI_REPORT_DIR=$results
status=0
(cd "$results" && "$suite" >"$results/output.txt" 2>&1) || status=$?
sed 's/\x1b\[[0-9;]*m//g' "$results/output.txt" |
  grep -E '^OCI Conformance Result|^  (Disabled|Skip|Pass|FAIL|Error|Total)\.|^Ran |Passed.*Failed|\[FAIL\]' || true
echo "conformance: exit status $status, report in $results"
exit "$status"
