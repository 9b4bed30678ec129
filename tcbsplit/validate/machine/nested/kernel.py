# SPDX-License-Identifier: MIT
"""Find the inner machine's Linux: a kernel image, its modules, and their load order."""

from __future__ import annotations

import contextlib
import gzip
import lzma
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tcbsplit import process
from tcbsplit.errors import EnvironmentProblem

VARIABLE = "TCBSPLIT_INNER_KERNEL"
PACKAGE = "linux-image-cloud-amd64"
_INSTEAD = f"install {PACKAGE}, or set {VARIABLE} to a vmlinuz with lib/modules beside it"
WANTED = ("virtio_pci", "virtio_console", "kvm_amd")
_HYPERVISOR = "kvm_amd"
_TIMEOUT = 600  # seconds for a package
_UNPACK: Mapping[str, Callable[[bytes], bytes]] = {
    ".ko": bytes,
    ".ko.xz": lzma.decompress,
    ".ko.gz": gzip.decompress,
}
_ENDINGS = (*_UNPACK, ".ko.zst")
_DEPENDS = re.compile(rb"(?:^|\0)depends=([^\0]*)\0")  # modinfo(8): in the section .modinfo


@dataclass(frozen=True)
class Kernel:
    """A kernel image and the folder lib/modules/VERSION of its modules, and why it was chosen."""

    image: Path
    modules: Path
    why: str

    @property
    def version(self) -> str:
        """The output of ``uname -r``."""
        return self.modules.name


@dataclass(frozen=True)
class Choice:
    """The kernel to use (``kernel`` is None if it must be downloaded), or what is missing."""

    kernel: Kernel | None
    line: str  # for display
    missing: str = ""  # what to install; empty if usable


def choose(store: Path, root: Path = Path("/"), environ: Mapping[str, str] = os.environ) -> Choice:
    """Return the kernel to use; start no program.

    ``store`` is where downloaded kernels are kept. The user's choice comes first, then the host's
    newest kernel that has kvm_amd, then the distribution's package.
    """
    if chosen := environ.get(VARIABLE):
        try:
            return _taken(_given(Path(chosen)))
        except EnvironmentProblem as error:
            return Choice(None, str(error), str(error))
    found, unfit = _among(root, f"installed in {root / 'boot'}")
    found = found or next((k for k in _downloaded(store)), None)
    if found:
        return _taken(found)
    why = f"; {unfit}" if unfit else ""
    if shutil.which("apt-get") and shutil.which("apt-cache") and shutil.which("dpkg-deb"):
        return Choice(None, f"{PACKAGE}, to be downloaded by apt-get{why}")
    missing = f"no kernel with {_HYPERVISOR}{why}; install {PACKAGE} or set {VARIABLE}"
    return Choice(None, missing, missing)


def obtain(store: Path) -> Kernel:
    """Return the kernel that ``choose`` selects, downloaded if need be.

    Raise ``EnvironmentProblem`` if there is none.
    """
    choice = choose(store)
    if choice.missing:
        raise EnvironmentProblem(choice.missing)
    return choice.kernel or _download(store)


def ordered(folder: Path, wanted: Sequence[str] = WANTED) -> dict[str, bytes]:
    """Return name -> content of the modules below ``folder`` in the order in which they load.

    Built-in modules are omitted. Raise ``EnvironmentProblem`` for a module that is missing, or
    compressed by zstd, which is not supported.
    """
    files = {_name(p): p for p in sorted(folder.rglob("*.ko*")) if p.name.endswith(_ENDINGS)}
    builtin = folder / "modules.builtin"
    inside = {_name(Path(w)) for w in builtin.read_text().split()} if builtin.is_file() else set()
    order: dict[str, bytes] = {}

    def add(name: str, path: tuple[str, ...] = ()) -> None:
        if name in order or name in inside or name in path:
            return
        if name not in files:
            raise EnvironmentProblem(f"{folder}: has no module {name}; {_INSTEAD}")
        content = _unpacked(files[name])
        depends = _DEPENDS.search(content)
        for other in (depends[1].decode() if depends else "").split(","):
            if other:
                add(_name(Path(other)), (*path, name))
        order[name] = content

    for name in wanted:
        add(name)
    return order


def _taken(kernel: Kernel) -> Choice:
    return Choice(kernel, f"{kernel.image} ({kernel.why})")


def _given(path: Path) -> Kernel:
    """Return the user's kernel.

    ``path`` is a folder with boot/ and lib/modules, or an image beside or above lib/modules.
    """
    why = f"set by {VARIABLE}"
    if path.is_dir():
        found, unfit = _among(path, why)
        if found:
            return found
        raise EnvironmentProblem(
            f"{VARIABLE}={path}: {unfit or 'holds no boot/vmlinuz-VERSION with lib/modules'}"
        )
    if not path.is_file():
        raise EnvironmentProblem(f"{VARIABLE}={path}: no such file or folder")
    for root in (path.parent, path.parent.parent):
        for modules in _versions(root):
            if path.name.endswith(modules.name) or len(_versions(root)) == 1:
                return Kernel(path, modules, why)
    raise EnvironmentProblem(f"{VARIABLE}={path}: no lib/modules/VERSION beside it")


def _among(root: Path, why: str) -> tuple[Kernel | None, str]:
    """Return the newest usable kernel below ``root``, or why the last one tried is not usable."""
    unfit = ""
    for modules in sorted(_versions(root), key=_numbers, reverse=True):
        image = root / "boot" / f"vmlinuz-{modules.name}"
        if not image.is_file():
            continue
        hypervisor = [p for p in modules.rglob("kvm-amd.ko*") if p.name.endswith(_ENDINGS)]
        if not hypervisor:
            unfit = f"{modules} has no {_HYPERVISOR}"
        elif hypervisor[0].name.endswith(".zst"):
            unfit = f"{hypervisor[0]} is compressed by zstd, which is not read"
        elif not os.access(image, os.R_OK):
            unfit = f"{image} cannot be read"
        else:
            return Kernel(image, modules, why), ""
    return None, unfit


def _versions(root: Path) -> list[Path]:
    places = (root / "lib/modules", root / "usr/lib/modules")
    return [p for place in places[: 1 if places[0].is_dir() else 2] for p in place.glob("[0-9]*")]


def _numbers(modules: Path) -> list[int]:
    return [int(n) for n in re.findall(r"\d+", modules.name)]


def _downloaded(store: Path) -> Iterator[Kernel]:
    for root in sorted(store.glob("kernel-*"), reverse=True):
        found, _ = _among(root, f"downloaded as {root.name.removeprefix('kernel-')}")
        if found:
            yield found


def _download(store: Path) -> Kernel:
    """Have apt-get fetch the package into ``store`` and unpack it; no root is needed."""
    try:
        store.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".kernel.{os.getpid()}.", dir=store))
    except OSError as error:
        raise EnvironmentProblem(f"{store}: cannot be written: {error.strerror}") from None
    process.passing(work)
    try:
        said = process.run(["apt-cache", "depends", PACKAGE], cwd=work, timeout=60, check=False)
        names = re.findall(r"Depends: (linux-image-\S+)", said.output)
        name = names[0] if names else PACKAGE
        got = process.run(
            ["apt-get", "download", name], cwd=work, timeout=_TIMEOUT, check=False
        )  # fmt: skip
        packages = list(work.glob("*.deb"))
        if got.status or not packages:
            last = (got.output.strip().splitlines() or ["no answer"])[-1]
            raise EnvironmentProblem(f"apt-get download {name}: {last}\n  {_INSTEAD}")
        process.run(["dpkg-deb", "-x", packages[0].name, "tree"], cwd=work, timeout=_TIMEOUT)
        place = store / f"kernel-{name}"
        with contextlib.suppress(OSError):  # another run was faster
            (work / "tree").rename(place)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    found, unfit = _among(place, f"downloaded as {name}")
    if found is None:
        raise EnvironmentProblem(f"{place}: {unfit or 'holds no kernel'}; {_INSTEAD}")
    return found


def _name(path: Path) -> str:
    """A module's name: a hyphen in a file's name stands for an underscore (modprobe(8))."""
    return path.name.partition(".ko")[0].replace("-", "_")


def _unpacked(path: Path) -> bytes:
    for ending, unpack in _UNPACK.items():
        if path.name.endswith(ending):
            try:
                return unpack(path.read_bytes())
            except (OSError, EOFError, lzma.LZMAError) as error:
                raise EnvironmentProblem(f"{path}: cannot be read: {error}") from None
    raise EnvironmentProblem(f"{path}: is compressed by zstd, which is not read; {_INSTEAD}")
