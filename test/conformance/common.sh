# Sourced by every run-*.sh. All settings come from the environment:
#   S3_ENDPOINT              http://host:port of the server under test (required)
#   S3_REGION                default us-east-1
#   S3_ACCESS_KEY/S3_SECRET_KEY           main user (may create buckets; admin where a suite needs it)
#   S3_ALT_ACCESS_KEY/S3_ALT_SECRET_KEY   second, unprivileged-towards-main user
#   S3_TENANT_ACCESS_KEY/S3_TENANT_SECRET_KEY  third user (default: the alt user)
#   S3_MAIN_ID, S3_ALT_ID, S3_TENANT_ID   canonical ids (default: asked from ListBuckets' Owner)
#   S3_IAM_ROOT_ACCESS_KEY/..SECRET_KEY   account root for IAM API tests (default: main)
#   S3_IAM_ALT_ROOT_ACCESS_KEY/..         root of another account (default: alt)
#   SUITES_DIR               where the prepared suites are (default test/out/suites)
#   TIME_LIMIT               seconds for the whole suite (each script has its own default)
# Argument 1 of each script: the out dir (default ${TMPDIR:-/tmp}/conformance-out/<suite>).
set -u
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
: "${S3_ENDPOINT:?S3_ENDPOINT is not set}"
: "${S3_ACCESS_KEY:?}" "${S3_SECRET_KEY:?}"
export S3_REGION=${S3_REGION:-us-east-1}
export S3_ALT_ACCESS_KEY=${S3_ALT_ACCESS_KEY:-$S3_ACCESS_KEY}
export S3_ALT_SECRET_KEY=${S3_ALT_SECRET_KEY:-$S3_SECRET_KEY}
export S3_TENANT_ACCESS_KEY=${S3_TENANT_ACCESS_KEY:-$S3_ALT_ACCESS_KEY}
export S3_TENANT_SECRET_KEY=${S3_TENANT_SECRET_KEY:-$S3_ALT_SECRET_KEY}
export S3_IAM_ROOT_ACCESS_KEY=${S3_IAM_ROOT_ACCESS_KEY:-$S3_ACCESS_KEY}
export S3_IAM_ROOT_SECRET_KEY=${S3_IAM_ROOT_SECRET_KEY:-$S3_SECRET_KEY}
export S3_IAM_ALT_ROOT_ACCESS_KEY=${S3_IAM_ALT_ROOT_ACCESS_KEY:-$S3_ALT_ACCESS_KEY}
export S3_IAM_ALT_ROOT_SECRET_KEY=${S3_IAM_ALT_ROOT_SECRET_KEY:-$S3_ALT_SECRET_KEY}
SUITES_DIR=${SUITES_DIR:-$(cd "$HERE/.." && pwd)/out/suites}; export PYTHONDONTWRITEBYTECODE=1
PY=${PY:-/usr/bin/python3}          # Debian's, where python3-boto3 and python3-pytest live
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY all_proxy AWS_PROFILE AWS_SESSION_TOKEN
case $S3_ENDPOINT in http:*) unset AWS_CA_BUNDLE;; esac   # versitygw's tests die when it is set
export AWS_EC2_METADATA_DISABLED=true AWS_DEFAULT_REGION=$S3_REGION AWS_REGION=$S3_REGION
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_PAGER=
_hp=${S3_ENDPOINT#*://}; _hp=${_hp%%/*}
S3_HOST=${_hp%%:*}; S3_PORT=${_hp##*:}
case $S3_ENDPOINT in https:*) S3_TLS=1; [ "$S3_PORT" = "$S3_HOST" ] && S3_PORT=443;; *) S3_TLS=0; [ "$S3_PORT" = "$S3_HOST" ] && S3_PORT=80;; esac
export S3_HOST S3_PORT S3_TLS
outdir() { OUT=${1:-${TMPDIR:-/tmp}/conformance-out/$2}; mkdir -p "$OUT"; OUT=$(cd "$OUT" && pwd); export OUT; }
# summarise OUT/results.jsonl into results.csv, areas.txt, failing.txt and the last line
summary() { "$PY" "$HERE/summary.py" "$OUT"; }
