# SPDX-License-Identifier: MIT
"""Machines that run in the inner machine's KVM."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tcbsplit.errors import EnvironmentProblem
from tcbsplit.validate.machine import interface
from tcbsplit.validate.machine.nested.nested import Nested
from tcbsplit.validate.machine.nested.snapshot import clear, size
from tests.support.nested import heard, prepared, skip_without_programs


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    skip_without_programs()
    folder = tmp_path_factory.mktemp("inner, machines")
    yield folder
    assert size(folder) > 100 << 20
    clear(folder)
    assert list(folder.iterdir()) == []


@pytest.mark.live
@pytest.mark.xdist_group("nested")
def test_vmrun_runs_in_kvm(store: Path, tmp_path: Path) -> None:
    boot = prepared(tmp_path)
    before = (boot.folder / "disk.img").read_bytes()
    with Nested(store).start(boot) as machine:
        assert heard(machine, b"write? ") == b"VMRUN refused; write? "
        assert (boot.folder / "disk.img").read_bytes() == before
        machine.lines[0].write(b"y")
        assert heard(machine) == b""
        assert machine.ended() == interface.Last(33)
        assert machine.standing() == ""
        evidence = machine.finish()
        assert machine.story.resets == 0
    assert evidence["vmrun"] == "1"
    assert evidence["kvm_amd.nested"] == "1"
    assert int(evidence["exits"]) > 100
    written = (boot.folder / "disk.img").read_bytes()
    assert len(written) == len(before)
    assert written[:512] != before[:512], "what was written came back"
    assert written[512:] == before[512:]
    assert [p.name for p in store.iterdir() if p.name.startswith(".")] == []


@pytest.mark.live
@pytest.mark.xdist_group("nested")
def test_a_machine_that_runs_on_is_ended_and_its_disk_is_as_it_was(
    store: Path, tmp_path: Path
) -> None:
    boot = prepared(tmp_path)
    with Nested(store).start(boot) as machine:
        heard(machine, b"write? ")
        evidence = machine.finish()
    assert evidence["vmrun"] == "1"
    assert (boot.folder / "disk.img").read_bytes() == bytes(4096)


def _folder(process: Path) -> Path | None:
    try:
        return (process / "cwd").readlink()
    except OSError:  # of another user, or ended
        return None


@pytest.mark.live
@pytest.mark.xdist_group("nested")
def test_a_killed_inner_machine_is_an_error_in_one_line(store: Path, tmp_path: Path) -> None:
    boot = prepared(tmp_path)
    with Nested(store).start(boot) as machine:
        heard(machine, b"write? ")
        processes = Path("/proc").glob("[0-9]*")
        (outer,) = (int(p.name) for p in processes if _folder(p) == boot.folder)
        os.kill(outer, signal.SIGKILL)
        assert heard(machine) == b"", "the console is closed"
        lost = "the inner machine is lost: the outer QEMU was ended by signal 9"
        assert machine.ended() == interface.Last(None, lost)
        with pytest.raises(EnvironmentProblem, match=lost):
            machine.finish()


@pytest.mark.live
@pytest.mark.xdist_group("nested")
def test_an_inner_machine_that_does_not_nest_proves_nothing(store: Path, tmp_path: Path) -> None:
    nested = Nested(store, nests=False)
    before = sorted(store.iterdir())
    wrong = r"nested: kvm_amd in the inner machine does not nest \(its parameter nested is 0\)"
    with pytest.raises(EnvironmentProblem, match=wrong), nested.start(prepared(tmp_path)):
        pass
    assert sorted(store.iterdir()) == before, "nothing of it is kept"
