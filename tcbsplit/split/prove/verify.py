# SPDX-License-Identifier: MIT
"""Checks every hash and claim of a manifest against the files of its OUT folder."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from tcbsplit.artifacts import states
from tcbsplit.errors import OutputError
from tcbsplit.model.base import Record
from tcbsplit.model.manifest import BUILDS, NAME, BuildRecord, FileState, Manifest
from tcbsplit.model.program import Program
from tcbsplit.model.split import Placement
from tcbsplit.model.table import FILES
from tcbsplit.model.vocabulary import Side
from tcbsplit.split.decide.blob import layout_hash
from tcbsplit.split.edit.excise import kept_whole
from tcbsplit.split.prove.bom import BOM
from tcbsplit.split.write import definitions
from tcbsplit.split.write.patch import reverse

_REPORTS = (
    BOM,
    "REPORT.md",
    "report.json",
    "report.html",
    *FILES,
)  # that tcbsplit writes beside the trees


class Verified(Record, frozen=True, kw_only=True):
    """How much was checked, and what is wrong."""

    outputs: int = 0  # files of OUT whose hash holds
    inputs: int = 0  # files of the original, got back from thin and the patch
    definitions: int = 0
    products: int = 0  # files that the recorded build of OUT wrote
    problems: tuple[str, ...] = ()


def verify(
    out: Path, manifest: Manifest, thin: Program, guest: Program, record: BuildRecord
) -> Verified:
    """Check every file, the patch, definitions, cuts and the handoff.

    ``thin`` and ``guest`` are the trees of ``out``, parsed anew as the manifest's commands say;
    ``record`` is what the builds of ``out`` wrote.
    """
    problems: list[str] = []
    lying = states(out)
    contents = _contents(out, manifest, lying, problems)
    problems += _further(out, manifest, lying, record)
    originals = _originals(contents, manifest, problems)
    problems += _inputs(originals, manifest)
    problems += _definitions(originals, manifest)
    for side, program in ((Side.THIN, thin), (Side.GUEST, guest)):
        problems += _side(program, manifest, side)
    problems += _handoff(manifest)
    return Verified(
        outputs=len(contents),
        inputs=len(manifest.inputs),
        definitions=len(manifest.definitions),
        products=len(record.products.keys() & lying.keys()),
        problems=tuple(problems),
    )


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _contents(
    out: Path, manifest: Manifest, lying: Mapping[str, FileState], problems: list[str]
) -> dict[str, bytes]:
    """Return the files of OUT that are as the manifest says; others are problems."""
    contents = {}
    for path, sha256 in manifest.outputs.items():
        state = lying.get(path)
        link, executable = manifest.links.get(path, ""), path in manifest.executable
        if state is None or not (out / path).is_file():
            problems.append(f"{out / path}: no such file, or only through a link")
        elif state.link != link:
            what = f"a link to {state.link}" if state.link else f"no link to {link}"
            problems.append(f"{out / path}: is {what}, and not what was emitted")
        elif not link and state.digest != sha256:
            problems.append(f"{out / path}: is not what was emitted")
        else:
            contents[path] = (out / path).read_bytes()
            if state.executable != executable:
                mode = "can" if state.executable else "cannot"
                problems.append(f"{out / path}: {mode} be executed, other than what was emitted")
    for path in manifest.links.keys() - manifest.outputs.keys():
        if lying.get(path) != FileState(link=manifest.links[path]):  # of a folder
            problems.append(f"{out / path}: is not the link that was emitted")
    return contents


def _further(
    out: Path, manifest: Manifest, lying: Mapping[str, FileState], record: BuildRecord
) -> Iterator[str]:
    """Yield the files of OUT that are neither emitted, nor built, nor reports of tcbsplit."""
    known = {NAME, BUILDS, *_REPORTS, *manifest.outputs, *manifest.links}
    unknown = sorted(lying.keys() - known - record.products.keys())
    changed = [p for p in sorted(lying) if record.products.get(p, lying[p]) != lying[p]]
    if not record.finished:
        yield f"{out / BUILDS}: a build did not end; build again"
        unknown, changed = [p for p in unknown if p in record.kept], []
    held = {parent for p in (*known, *record.products) for parent in PurePosixPath(p).parents}
    places = Counter(_outermost(p, held) for p in unknown)
    for place, count in places.items():
        what = f" ({count} files)" if place.endswith("/") else ""
        yield (
            f"{out / place}{what}: is neither in the manifest nor a product of the recorded build; "
            "remove it, or build by tcbsplit build"
        )
    for path in changed:
        yield f"{out / path}: is not what the build wrote; build again"


def _outermost(path: str, held: set[PurePosixPath]) -> str:
    """Return the outermost folder of a path that has nothing else in it, or else the path."""
    folders = [p for p in PurePosixPath(path).parents if p not in held]
    return f"{folders[-1]}/" if folders else path


def _originals(
    contents: Mapping[str, bytes], manifest: Manifest, problems: list[str]
) -> dict[str, bytes]:
    """Return the original tree: thin with the patch taken back."""
    thin = {p.removeprefix("thin/"): c for p, c in contents.items() if p.startswith("thin/")}
    try:
        return reverse(contents.get("split.patch", b""), thin)
    except OutputError as error:
        problems.append(str(error))
        return {}


def _inputs(originals: Mapping[str, bytes], manifest: Manifest) -> Iterator[str]:
    for path, sha256 in manifest.inputs.items():
        if path not in originals:
            yield f"{path}: an input that thin and split.patch do not give back"
        elif _digest(originals[path]) != sha256:
            yield f"{path}: thin without split.patch is not the input that was analysed"


def _definitions(originals: Mapping[str, bytes], manifest: Manifest) -> Iterator[str]:
    for d in manifest.definitions:
        content = originals.get(d.file)
        if content is not None and _digest(content[d.start : d.end]) != d.sha256:
            yield f"{d.file}:{d.line}: {d.id}: has another text than the manifest says"


def _side(program: Program, manifest: Manifest, side: Side) -> Iterator[str]:
    """Yield each definition that is not where the manifest says, or has another text."""
    texts = definitions.texts_in(program, manifest.emission.style, side)
    digests = {i: _digest(t) for i, t in texts.items()}
    every = frozenset(digests.values())
    sources = {c.file for units in manifest.commands.values() for c in units}
    for d in manifest.definitions:
        wanted = d.emitted.get(side)
        if wanted is None:
            if d.id in digests and not _harmless(program, d):
                yield f"{side}: {d.id} is there, but should not be"
        elif d.id not in digests:
            # A macro may paste the name of a cut function into the name that it defines; a header
            # may be read by units only that have nothing left.
            # Only the linked image shows what has no source.
            unseen = d.start == d.end and d.file not in sources
            if wanted not in every and not d.file.endswith(".h") and not unseen:
                yield f"{side}: {d.id} is missing"
        elif digests[d.id] != wanted:
            yield f"{side}: {d.id} has another text than was emitted"
    if side is Side.THIN:
        yield from _stubs(program, manifest)


def _harmless(program: Program, placement: Placement) -> bool:
    """Whether a definition may be on a side that does not need it.

    Headers of the guest are never edited; a weak default may be in another file.
    """
    definition = program.definition(placement.id)
    if definition is None or kept_whole(definition):
        return True
    file = definition.extent.file
    return program.files[file].header or (definition.weak and file != placement.file)


def _stubs(program: Program, manifest: Manifest) -> Iterator[str]:
    for cut in manifest.cuts:
        names = {f.name for f in program.functions.values() if f.extent.file == cut.file}
        if cut.stub not in names and _compiled(program, cut.file):
            yield f"thin: {cut.file} has no stub {cut.stub}"


def _compiled(program: Program, file: str) -> bool:
    """Whether this image compiles a file; stubs may also be in files of other images."""
    return any(u.command.file == file for u in program.units)


def _handoff(manifest: Manifest) -> Iterator[str]:
    if layout_hash(manifest.handoff.entries) != manifest.handoff.layout:
        yield "handoff: the entries do not have the layout hash that both sides hold"
    if manifest.handoff.given and layout_hash(manifest.handoff.given) != (
        manifest.handoff.given_layout
    ):
        yield "handoff: the inputs do not have the layout hash that both sides hold"
