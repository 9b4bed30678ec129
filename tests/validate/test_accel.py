"""The accelerator on recorded hosts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tcbsplit.config.scenario import Machine, Marker, Scenario
from tcbsplit.errors import EnvironmentProblem
from tcbsplit.validate.accel import MODES, Accelerator, Host, choose, read_host
from tcbsplit.validate.media import payload
from tcbsplit.validate.qemu import arguments

AMD = Host(kvm="", flags=frozenset({"svm", "npt"}), nested={"kvm_amd": "1"})
INTEL = Host(kvm="", flags=frozenset({"vmx", "ept"}), nested={"kvm_intel": "Y"})
FLAT = Host(kvm="", flags=frozenset({"svm"}), nested={"kvm_amd": "0"})
CONTAINER = Host(kvm="/dev/kvm cannot be opened: Permission denied", flags=frozenset({"svm"}))
CLOUD = Host(kvm="", flags=frozenset({"sse2"}))
BUILT_IN = Host(kvm="", flags=frozenset({"svm"}))


@pytest.mark.parametrize(
    ("host", "need", "name", "reason"),
    [
        (AMD, "svm", "kvm", "/dev/kvm serves and nests SVM"),
        (AMD, "vmx", "tcg", "the processor shows no VMX, which the image needs nested"),
        (INTEL, "svm", "tcg", "the processor shows no SVM, which the image needs nested"),
        (INTEL, "vmx", "kvm", "/dev/kvm serves and nests VMX"),
        (FLAT, "svm", "tcg", "kvm_amd does not nest (its parameter nested is 0)"),
        (FLAT, "none", "kvm", "/dev/kvm serves"),
        (CONTAINER, "svm", "tcg", "/dev/kvm cannot be opened: Permission denied"),
        (CONTAINER, "none", "tcg", "/dev/kvm cannot be opened: Permission denied"),
        (CLOUD, "svm", "tcg", "the processor shows no SVM, which the image needs nested"),
        (BUILT_IN, "svm", "tcg", "kvm_amd is not loaded, so SVM cannot nest"),
    ],
)
def test_auto(host: Host, need: str, name: str, reason: str) -> None:
    found = choose("auto", need, host)
    assert (found.name, found.reason) == (name, reason)


@pytest.mark.parametrize("host", [AMD, INTEL, FLAT, CONTAINER, CLOUD])
def test_a_choice_is_kept_or_refused(host: Host) -> None:
    assert choose("tcg", "svm", host) == Accelerator("tcg", "asked for")
    if host is AMD:
        assert choose("kvm", "svm", host).name == "kvm"
    else:
        with pytest.raises(EnvironmentProblem, match="KVM was asked for but does not serve: "):
            choose("kvm", "svm", host)


def test_a_host_is_read(tmp_path: Path) -> None:
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/cpuinfo").write_text("processor\t: 0\nflags\t\t: fpu svm npt\nflags : x\n")
    nested = tmp_path / "sys/module/kvm_amd/parameters/nested"
    nested.parent.mkdir(parents=True)
    nested.write_text("1\n")
    host = read_host(tmp_path)
    assert host == Host(
        kvm="/dev/kvm is not there", flags=frozenset({"fpu", "svm", "npt"}), nested={"kvm_amd": "1"}
    )
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev/kvm").write_text("no device")
    assert read_host(tmp_path).kvm.startswith("/dev/kvm makes no virtual machine: ")


def test_this_host_gets_an_accelerator_and_a_reason() -> None:
    found = choose("auto", "svm", read_host())
    assert found.name in MODES
    assert found.reason


def test_kvm_shows_nested_virtualisation_by_name() -> None:
    def cpu(machine: Machine, name: str) -> str:
        scenario = Scenario(summary="", machine=machine, expect=(Marker(text="t"),), seal="")
        load = payload(scenario, "original", Path("/"), {"image": "k"})
        argv = arguments(load, choose(name, "svm", AMD))  # type: ignore[arg-type]
        return argv[argv.index("-cpu") + 1]

    assert cpu(Machine(), "tcg") == "EPYC"
    assert cpu(Machine(), "kvm") == "EPYC,+svm"
    assert cpu(Machine(cpu="host,+svm"), "kvm") == "host,+svm"
    assert cpu(Machine(virtualization="none"), "kvm") == "EPYC"
