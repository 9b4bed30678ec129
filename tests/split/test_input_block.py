# SPDX-License-Identifier: MIT
"""Inputs that cross to the guest in a block: both halves run, and a changed block is refused."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tcbsplit.errors import HandoffError
from tcbsplit.model.edit import Emission
from tcbsplit.model.vocabulary import Style
from tcbsplit.pipeline.analyze import analyze
from tcbsplit.pipeline.split import split
from tcbsplit.pipeline.verify import verify
from tcbsplit.pipeline.workspace import Workspace
from tests.oracles.compiled import linked
from tests.oracles.csmith import HALVES
from tests.support.divided import MOVED, laid_out
from tests.support.reading import IN_PROCESS

SOURCE = """\
int printf (const char *, ...);
struct node { int value; struct node *next; };
enum { LAST = 3 };
static int hidden;
struct { unsigned char kind; long size; int table[4]; } config;
char *name;
int length, *numbers;
struct node *nodes;
int counter, result;
void moved (void);
void moved (void)
{
	const struct node *n;
	int i;

	for (i = 0; i < length; i++)
		result += numbers[i] * (i + 1);
	for (n = nodes; n; n = n->next)
		result = result * 3 + n->value;
	for (i = 0; name[i]; i++)
		result = result * 7 + name[i];
	result += hidden + config.kind * 1000 + config.table[LAST] + (int) config.size;
	counter++;
}
int main (int argc, char **argv)
{
	static int values[3] = { 4, 5, 6 };
	static struct node second = { 8, 0 }, first = { 7, &second };

	hidden = argc + 41;
	config.kind = (unsigned char) argc;
	config.size = -5;
	config.table[LAST] = 77;
	name = argc > 1 ? argv[1] : (char *) "by default";
	length = 3;
	numbers = values;
	nodes = &first;
	counter = 10;
	moved ();
	return printf ("%d %d\\n", result, counter) < 0;
}
"""
HANDOFF = """\
handoff:
  carry:
    - {name: name, string: 32}
    - {name: numbers, length: length, most: 8}
    - {name: nodes, list: next, most: 4}
  inputs: [{name: "*", way: block, reason: the hypervisor knows them}]
"""
GUEST = f"{{adapter: {HALVES}/guest.c, entries: [moved]}}"


def emitted(folder: Path, style: Style = Style.EXCISE, handoff: str = HANDOFF) -> Path:
    """Split the program, verify it, and return OUT."""
    settings = laid_out(
        folder, {"main.c": SOURCE}, MOVED + handoff, guest=GUEST, thin=f"{HALVES}/thin.c"
    )
    space = Workspace(folder / "artifacts")
    analyze(settings, space, how=IN_PROCESS)
    out = folder / "out"
    result = split(settings, space, out, how=IN_PROCESS, emission=Emission(style=style))
    given = [e.name for e in result.plan.given]
    assert given == ["config", "counter", "length", "main.c:hidden", "name", "nodes", "numbers"]
    assert not verify(out, how=IN_PROCESS).problems
    return out


def said(program: Path, *words: str) -> tuple[int, str, str]:
    done = subprocess.run([program, *words], capture_output=True, text=True, timeout=20)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("style", list(Style))
def test_the_guest_computes_with_what_the_hypervisor_set(tmp_path: Path, style: Style) -> None:
    out = emitted(tmp_path, style)
    whole = tmp_path / "whole"
    subprocess.run(["gcc", "-w", "-o", whole, tmp_path / "tree/main.c"], check=True)
    program = linked(tmp_path, out, style)
    for words in ((), ("given",), ("one", "two")):
        assert said(program, *words)[:2] == said(whole, *words)[:2]


def test_what_does_not_fit_is_not_given(tmp_path: Path) -> None:
    program = linked(tmp_path, emitted(tmp_path), Style.EXCISE)
    code, shown, told = said(program, "a text of more than 32 characters, so too long")
    assert (code, shown) == (3, "")
    assert "panic: tcbsplit: no handoff" in told


CHANGES = {
    "flipped": "inputs[sizeof inputs / 2] ^= 1;",
    "digest made again": "inputs[60] ^= 1; tcbsplit_sha256 (inputs, sizeof inputs - 32, "
    "inputs + sizeof inputs - 32);",
    "of another build": "inputs[20] ^= 1; tcbsplit_sha256 (inputs, sizeof inputs - 32, "
    "inputs + sizeof inputs - 32);",
    "none": "memset (inputs, 0, sizeof inputs);",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_the_guest_refuses_a_changed_block(tmp_path: Path, change: str) -> None:
    out = emitted(tmp_path)
    adapter = out / "thin/glue/adapter.c"
    text = adapter.read_text()
    call = "return error ? error : guest_start ();"
    assert call in text
    adapter.write_text('#include "adapter.h"\n' + text.replace(call, f"{change}\n\t{call}"))
    code, shown, told = said(linked(tmp_path, out, Style.EXCISE))
    assert (code, shown) == (3, "")
    assert "panic: tcbsplit: no handoff" in told


def test_a_pointer_is_not_given_without_its_target(tmp_path: Path) -> None:
    source = """\
int *where, result;
void moved (void);
void moved (void) { result = *where; }
void set (void);
void set (void) { static int kept; kept = 4 + result; where = &kept; }
int main (void) { set (); moved (); return result; }
"""
    handoff = 'handoff: {inputs: [{name: "*", way: block, reason: r}]}\n'
    settings = laid_out(tmp_path, {"main.c": source}, MOVED + handoff, guest=GUEST)
    space = Workspace(tmp_path / "artifacts")
    analyze(settings, space, how=IN_PROCESS)
    with pytest.raises(HandoffError) as told:
        split(settings, space, tmp_path / "out", how=IN_PROCESS)
    assert "where is a pointer; say how it crosses" in str(told.value)
