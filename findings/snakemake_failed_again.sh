#!/bin/bash
# Snakemake 9.27.1: after a step fails that was being made again, the same command finds nothing to
# do, with exit status 0, while the results that rest on the step are of the old input.
#
# Expected: the step runs again. The help of --rerun-triggers says that with all of them, the
# default, results are consistent with code and settings of the workflow; and where the file between
# is removed by hand in place of the failure, and all else is the same, the step does run.
#
# Seen: Snakemake removes what the failed step had made before and writes down the step as complete,
# with the checksum of the new input. The next run compares with that record, finds the input
# unchanged, and asks for no file between since the last one exists. --rerun-incomplete and
# --rerun-triggers mtime find nothing either. Removing .snakemake/metadata brings the step back.
#
# What the pipeline does: mark_stale in workflow/rules/common.smk, called when a run fails, marks
# what rests on the failed step as incomplete, and the profile sets rerun-incomplete.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet snakemake==9.27.1
export XDG_CACHE_HOME="$work/cache" PATH="$work/env/bin:$PATH"

workflow() {
    mkdir "$1"
    cd "$1"
    cat > Snakefile <<'SNAKEFILE'
rule all:
    input: "count.txt"

rule copied:
    input: "raw.txt"
    output: "copied.txt"
    shell: "test ! -e full && cp {input} {output}"

rule count:
    input: "copied.txt"
    output: "count.txt"
    shell: "wc -c < {input} > {output}"
SNAKEFILE
    printf 'abc' > raw.txt
    snakemake --quiet all --cores 1 > log.txt 2>&1
    sleep 1.1
    printf 'abcdef' > raw.txt
}

run() {
    status=0
    snakemake --cores 1 "$@" > log.txt 2>&1 || status=$?
    printf '%s: exit status %s, count.txt holds %s; ' "$what" "$status" "$(tr -d ' ' < count.txt)"
    grep -o 'Nothing to be done\|3 of 3 steps' log.txt || echo "failed"
}

echo "Snakemake $(snakemake --version)"
echo "expected: in the end count.txt holds 6"
(workflow by_hand; rm copied.txt; what="file between removed by hand, then run"; run)
workflow failed
touch full
what="the step fails (a full disk)"; run
rm full
what="the same command again"; run
again=$(tr -d ' ' < count.txt)
what="with --rerun-incomplete"; run --rerun-incomplete
what="with --rerun-triggers mtime"; run --rerun-triggers mtime
rm -r .snakemake/metadata
what="records removed"; run
if [ "$again" != 3 ]; then
    echo "CHANGED: a step that failed when made again is made by the next run"
    exit 1
fi
echo "as described: exit status 0 and an old result"
