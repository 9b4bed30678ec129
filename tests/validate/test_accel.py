# SPDX-License-Identifier: MIT
"""The accelerator on recorded hosts."""

from __future__ import annotations

import errno
import fcntl
import os
import re
from pathlib import Path
from typing import Any

import pytest

from tcbsplit.config.scenario import Machine, Marker, Scenario
from tcbsplit.errors import EnvironmentProblem
from tcbsplit.model.accelerator import Mode, Name
from tcbsplit.model.vocabulary import Virtualization
from tcbsplit.validate.machine import processor
from tcbsplit.validate.machine.choice import Choice, choose
from tcbsplit.validate.machine.host import Host, read_host
from tcbsplit.validate.machine.media import payload
from tcbsplit.validate.machine.qemu import arguments

SVM, VMX, NONE = Virtualization
AMD = Host(kvm="", flags=frozenset({"svm", "npt"}), nested={"kvm_amd": "1"})
INTEL = Host(kvm="", flags=frozenset({"vmx", "ept"}), nested={"kvm_intel": "Y"})
FLAT_INTEL = Host(kvm="", flags=frozenset({"vmx"}), nested={"kvm_intel": "N"})
FLAT = Host(kvm="", flags=frozenset({"svm"}), nested={"kvm_amd": "0"})
CONTAINER = Host(kvm="/dev/kvm cannot be opened: Permission denied", flags=frozenset({"svm"}))
CLOUD = Host(kvm="", flags=frozenset({"sse2"}))
BUILT_IN = Host(kvm="", flags=frozenset({"svm"}))


@pytest.mark.parametrize(
    ("host", "need", "name", "reason"),
    [
        (AMD, SVM, "kvm", "/dev/kvm serves and nests SVM, QEMU shows it"),
        (AMD, VMX, "tcg", "the host's processor shows no VMX, which the image needs nested"),
        (INTEL, SVM, "tcg", "the host's processor shows no SVM, which the image needs nested"),
        (INTEL, VMX, "kvm", "/dev/kvm serves and nests VMX, QEMU shows it"),
        (FLAT_INTEL, VMX, "tcg", "kvm_intel does not nest (its parameter nested is N)"),
        (FLAT, SVM, "tcg", "kvm_amd does not nest (its parameter nested is 0)"),
        (FLAT, NONE, "kvm", "/dev/kvm serves"),
        (CONTAINER, SVM, "tcg", "/dev/kvm cannot be opened: Permission denied"),
        (CONTAINER, NONE, "tcg", "/dev/kvm cannot be opened: Permission denied"),
        (CLOUD, SVM, "tcg", "the host's processor shows no SVM, which the image needs nested"),
        (BUILT_IN, SVM, "tcg", "kvm_amd is not loaded, so SVM cannot nest"),
    ],
)
def test_auto(host: Host, need: Virtualization, name: str, reason: str) -> None:
    found = choose(Mode.AUTO, need, host)
    assert (found.name, found.reason.removeprefix("KVM does not serve: ")) == (name, reason)
    assert found.reason.startswith("KVM does not serve: ") == (name == "tcg")


@pytest.mark.parametrize("host", [AMD, INTEL, FLAT, FLAT_INTEL, CONTAINER, CLOUD])
def test_a_choice_is_kept_or_refused(host: Host) -> None:
    assert choose(Mode.TCG, SVM, host) == Choice(Name.TCG, "asked for")
    if host is AMD:
        assert choose(Mode.KVM, SVM, host).name == "kvm"
    else:
        with pytest.raises(EnvironmentProblem, match="KVM was asked for but does not serve: "):
            choose(Mode.KVM, SVM, host)


def test_kvm_has_to_show_it_in_the_processor_of_qemu() -> None:
    asked = []

    def hidden(name: Name) -> str:
        asked.append(name)
        return "QEMU's processor EPYC,+svm shows no SVM under KVM"

    found = choose(Mode.AUTO, SVM, AMD, hidden)
    assert (found.name, found.reason) == ("tcg", f"KVM does not serve: {hidden(found.name)}")
    with pytest.raises(EnvironmentProblem, match="does not serve: QEMU's processor EPYC"):
        choose(Mode.KVM, SVM, AMD, hidden)
    # Where the host says no, QEMU is not asked.
    asked.clear()
    choose(Mode.AUTO, SVM, CONTAINER, hidden)
    assert asked == []


def recorded(root: Path, flags: str, nested: dict[str, str]) -> Path:
    """The files of a machine that matter, as Linux writes them."""
    (root / "proc").mkdir(parents=True)
    (root / "proc/cpuinfo").write_text(
        f"processor\t: 0\nmodel name\t: x\nflags\t\t: fpu {flags} npt\nflags : x\n"
    )
    for module, value in nested.items():
        parameter = root / "sys/module" / module / "parameters/nested"
        parameter.parent.mkdir(parents=True)
        parameter.write_text(value + "\n")
    return root


NO_DEVICE, NO_PERMISSION, NO_VM = (
    "/dev/kvm is not there",
    "/dev/kvm cannot be opened: Permission denied",
    "/dev/kvm makes no virtual machine: Device or resource busy",
)


@pytest.mark.parametrize(
    ("flags", "nested", "device", "need", "reason"),
    [
        ("svm", {"kvm_amd": "1"}, 0, SVM, ""),
        ("svm", {"kvm_amd": "0"}, 0, SVM, "kvm_amd does not nest (its parameter nested is 0)"),
        ("vmx", {"kvm_intel": "Y"}, 0, VMX, ""),
        ("vmx", {"kvm_intel": "N"}, 0, VMX,
         "kvm_intel does not nest (its parameter nested is N)"),
        ("svm", {}, errno.ENOENT, SVM, NO_DEVICE),
        ("svm", {}, 0, SVM, "kvm_amd is not loaded, so SVM cannot nest"),
        ("svm", {"kvm_amd": "1"}, errno.EACCES, SVM, NO_PERMISSION),
        ("svm", {"kvm_amd": "1"}, errno.EBUSY, SVM, NO_VM),
        ("sse2", {"kvm_amd": "1"}, 0, SVM,
         "the host's processor shows no SVM, which the image needs nested"),
    ],
    ids=["amd", "amd flat", "intel", "intel flat", "no module", "not loaded", "no permission",
         "other hypervisor", "cloud"],
)  # fmt: skip
def test_hosts(
    flags: str, nested: dict[str, str], device: int, need: Virtualization, reason: str,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    root = recorded(tmp_path, flags, nested)
    (root / "dev").mkdir()
    if device != errno.ENOENT:
        (root / "dev/kvm").write_text("")
    real_open = os.open

    def opened(path: Any, *more: Any, **others: Any) -> int:
        if Path(path) == root / "dev/kvm" and device == errno.EACCES:
            raise OSError(device, os.strerror(device), str(path))
        return real_open(path, *more, **others)

    def control(handle: int, request: int, argument: int) -> int:
        if device == errno.EBUSY:
            raise OSError(device, os.strerror(device))
        return os.dup(handle)

    monkeypatch.setattr(os, "open", opened)
    monkeypatch.setattr(fcntl, "ioctl", control)
    host = read_host(root)
    found = choose(Mode.AUTO, need, host)
    if reason:
        assert (found.name, found.reason) == ("tcg", f"KVM does not serve: {reason}")
        with pytest.raises(EnvironmentProblem, match=re.escape(reason)):
            choose(Mode.KVM, need, host)
    else:
        assert found.name == "kvm"
        assert choose(Mode.KVM, need, host).name == "kvm"


def test_a_device_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev/kvm").write_text("no device")
    assert read_host(tmp_path).kvm.startswith("/dev/kvm makes no virtual machine: ")
    assert read_host(tmp_path).flags == frozenset()


@pytest.mark.parametrize(
    ("machine", "problem"),
    [
        (Machine(), ""),
        (Machine(cpu="EPYC,-svm"), "QEMU's processor EPYC,-svm shows no SVM under TCG"),
        (Machine(cpu="EPYC,-svm", virtualization=NONE), ""),
        (Machine(cpu="Skylake-Client,+vmx", virtualization=VMX),
         "QEMU's processor Skylake-Client,+vmx shows no VMX under TCG: QEMU emulates SVM alone"),
        # That is for the boot itself to tell.
        (Machine(cpu="no-such-processor"), ""),
    ],
)  # fmt: skip
def test_qemu_is_asked_for_its_processor(machine: Machine, problem: str) -> None:
    assert processor.obstacle(machine, Name.TCG) == problem


def test_asking_leaves_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even when it is killed: there is none to begin with."""
    monkeypatch.setattr("tempfile.tempdir", "/nowhere")
    assert processor.obstacle(Machine(cpu="qemu64,-svm"), Name.TCG)


def test_kvm_is_asked_too_whatever_this_host_has() -> None:
    host = read_host()
    said = processor.obstacle(Machine(), Name.KVM)
    if host.kvm:
        assert said.startswith("QEMU makes no machine with KVM: ")
    elif "svm" not in host.flags:
        assert said == "QEMU's processor EPYC,+svm shows no SVM under KVM"
    else:
        assert said in ("", "QEMU's processor EPYC,+svm shows no SVM under KVM")


ASK_TCG = """\
for word; do
  case "$word" in kvm) word=tcg;; EPYC,+svm) word={cpu};; esac
  set -- "$@" "$word"
  shift
done
exec qemu-system-x86_64 "$@\""""


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ('echo "no KVM here" >&2; exit 1', "QEMU makes no machine with KVM: no KVM here"),
        ("exit 0", "QEMU makes no machine with KVM: it does not answer"),
        (ASK_TCG.format(cpu="EPYC,+svm"), ""),
        (ASK_TCG.format(cpu="EPYC,-svm"), "QEMU's processor EPYC,+svm shows no SVM under KVM"),
    ],
    ids=["no KVM", "no answer", "SVM", "no SVM"],
)
def test_every_answer_under_kvm(tmp_path: Path, code: str, problem: str) -> None:
    """A script replaces QEMU, because no host has all of these answers."""
    program = tmp_path / "qemu"
    program.write_text(f"#!/bin/sh\n{code}\n")
    program.chmod(0o755)
    assert processor.obstacle(Machine(), Name.KVM, str(program)) == problem


def test_this_host_gets_the_accelerator_that_its_files_allow() -> None:
    host = read_host()
    serves = not host.kvm and "svm" in host.flags and host.nested.get("kvm_amd") in ("1", "Y")
    found = choose(Mode.AUTO, SVM, host)
    assert found.name is (Name.KVM if serves else Name.TCG)
    if serves:
        assert found.reason == "/dev/kvm serves and nests SVM, QEMU shows it"
    elif host.kvm:
        assert found.reason == f"KVM does not serve: {host.kvm}"
    else:
        assert found.reason.startswith("KVM does not serve: ")


def test_kvm_shows_nested_virtualisation_by_name() -> None:
    def cpu(machine: Machine, name: Name) -> str:
        scenario = Scenario(summary="", machine=machine, expect=(Marker(text="t"),), seal="")
        load = payload(scenario, "original", Path("/"), {"image": "k"})
        argv = arguments(load, name)
        return argv[argv.index("-cpu") + 1]

    assert cpu(Machine(), Name.TCG) == "EPYC"
    assert cpu(Machine(), Name.KVM) == "EPYC,+svm"
    assert cpu(Machine(cpu="host,+svm"), Name.KVM) == "host,+svm"
    assert cpu(Machine(virtualization=NONE), Name.KVM) == "EPYC"
