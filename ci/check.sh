#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Compares the run-time TCB with its lock file and writes the result as Markdown to stdout. CONFIG,
# COMPDB, BUILD (captured if there is no COMPDB) and BASELINE say what is compared.
# Exit status: that of `tcbsplit check`.
set -euo pipefail
tcbsplit=${TCBSPLIT:-tcbsplit}

if [ ! -e "$COMPDB" ] && [ -n "${BUILD:-}" ]; then
	"$tcbsplit" capture --output "$COMPDB" -- bash -c "$BUILD" >&2
fi
most=60000 # characters; a comment on GitHub has at most 65536
status=0
text=$("$tcbsplit" check "$CONFIG" --compdb "$COMPDB" --baseline "$BASELINE" 2>&1) || status=$?
[ "${#text}" -le "$most" ] || printf '%s\n' "$text" >&2
case "$status" in
0) echo "### Run-time TCB: as agreed" ;;
1) echo "### Run-time TCB: changed" ;;
*) echo "### Run-time TCB: not compared" ;;
esac
if [ "${#text}" -gt "$most" ]; then
	text="${text:0:most}
… (the log of the job has the rest)"
fi
printf '\n```\n%s\n```\n' "$text"
if [ "$status" = 1 ]; then
	printf '\nTo agree to it: `tcbsplit check %s --baseline %s --update --reason "…"`\n' "$CONFIG" "$BASELINE"
fi
exit "$status"
