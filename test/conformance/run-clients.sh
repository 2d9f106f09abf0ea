#!/bin/bash
# Real clients against S3_ENDPOINT, one script each under clients/. usage: run-clients.sh [OUTDIR] [client ...]
#   The SDK for JavaScript is installed by npm ci in clients/js; mc is looked for in $SUITES_DIR/bin and left out without it;
#   BOTO_PATH names a folder with a newer boto3 to run as well.
. "$(dirname "$0")/common.sh"
outdir "${1:-}" clients; shift || true
export SUITES_DIR PY HERE
ALL=${*:-awscli s3cmd rclone restic s3fs mc duplicity boto3 boto3-new aws-sdk-js aws-sdk-go-v2}
: > "$OUT/steps.txt"
END=$(( $(date +%s) + ${TIME_LIMIT:-1800} ))
for c in $ALL; do
  left=$(( END - $(date +%s) )); [ $left -gt 0 ] || { echo "$c SKIP all: time limit" >> "$OUT/steps.txt"; continue; }
  [ $left -lt ${CLIENT_LIMIT:-400} ] || left=${CLIENT_LIMIT:-400}
  case $c in
    boto3) cmd=("$PY" "$HERE/clients/boto.py");;
    boto3-new) [ -n "${BOTO_PATH:-}" ] || { echo "$c SKIP all: BOTO_PATH not set" >> "$OUT/steps.txt"; continue; }
       cmd=(env PYTHONPATH="$BOTO_PATH" "$PY" "$HERE/clients/boto.py");;
    aws-sdk-js) [ -d "$HERE/clients/js/node_modules" ] || (cd "$HERE/clients/js" && npm ci --no-audit --no-fund) >> "$OUT/build.log" 2>&1
       cmd=(node "$HERE/clients/js/aws-sdk-js.mjs");;
    aws-sdk-go-v2) [ -x "$SUITES_DIR/bin/go-sdk-smoke" ] || (mkdir -p "$SUITES_DIR/bin" && cd "$HERE/clients/go-sdk" && go build -o "$SUITES_DIR/bin/go-sdk-smoke" .) >> "$OUT/build.log" 2>&1
       cmd=("$SUITES_DIR/bin/go-sdk-smoke");;
    *) cmd=(bash "$HERE/clients/$c.sh");;
  esac
  timeout -k 10 $left "${cmd[@]}" > "$OUT/log-$c.txt" 2>&1; rc=$?
  sed -n -E "s/^(PASS|FAIL|SKIP) /$c \1 /p" "$OUT/log-$c.txt" >> "$OUT/steps.txt"
  [ $rc = 0 ] || [ $rc = 1 ] && grep -qE '^(PASS|FAIL|SKIP) ' "$OUT/log-$c.txt" || echo "$c FAIL ran-to-end: exit $rc $(tail -c 200 "$OUT/log-$c.txt" | tr '\n\t' '  ')" >> "$OUT/steps.txt"
done
"$PY" - "$OUT" <<'P'
import json, re, sys
out = sys.argv[1]
with open(out + '/results.jsonl', 'w') as f:
    for l in open(out + '/steps.txt', errors='replace'):
        m = re.match(r'(\S+) (PASS|FAIL|SKIP) ([^:\n]*)(?:: (.*))?', l)
        if m:
            f.write(json.dumps({'test': m[1] + '/' + m[3].strip(), 'outcome': m[2].lower(), 'reason': m[4] or '', 'area': m[1]}) + '\n')
P
summary
