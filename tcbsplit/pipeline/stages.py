# SPDX-License-Identifier: MIT
"""Remember what each stage after the analysis was made of, and tell what has changed since."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from tcbsplit import artifacts
from tcbsplit.config.settings import Settings
from tcbsplit.files import decoded, read_file
from tcbsplit.model.edit import Emission
from tcbsplit.model.manifest import NAME
from tcbsplit.model.result import BootResult, BuildResult
from tcbsplit.model.status import Stamped, State
from tcbsplit.model.vocabulary import BuildName, Stage, Verdict
from tcbsplit.pipeline.uptodate import code_digest, digest_of
from tcbsplit.pipeline.workspace import Workspace, encoded

Stamps = dict[str, Stamped]  # by stage
Inputs = Mapping[str, bytes]


def remember(space: Workspace, stage: Stage, inputs: Inputs, *outputs: Path) -> None:
    """Record a finished stage, once all it made is written."""
    made = {str(p): _content(p) for p in outputs}
    found = {**stamps(space), stage: Stamped(inputs=dict(inputs), outputs=made)}
    artifacts.write_atomically(space.stages, encoded(space.stages, found))


def stamps(space: Workspace) -> Stamps:
    """Return the stages that have finished; none where the record cannot be read."""
    try:
        return decoded(space.stages, Stamps)
    except (OSError, ValueError):
        return {}


def trees_of(space: Workspace) -> Path:
    """Return the folder of the trees that were emitted last, if they are there."""
    stamp = stamps(space).get(Stage.SPLIT)
    made = (p.parent for p in map(Path, stamp.outputs if stamp else ()) if p.name == NAME)
    return next((p for p in made if p.is_dir()), space.split)


def changes(space: Workspace, stage: Stage, inputs: Inputs) -> tuple[State, tuple[str, ...]]:
    """Return the state of a stage that would be made of ``inputs`` now, and why it is so."""
    stamp = stamps(space).get(stage)
    if stamp is None:
        return State.MISSING, ()
    found = [f"{Path(p).name} is gone" for p in stamp.outputs if not Path(p).exists()]
    found += [
        f"{path} was changed"
        for path, content in stamp.outputs.items()
        if Path(path).exists() and _content(Path(path)) != content
    ]
    names = dict.fromkeys((*stamp.inputs, *inputs))
    found += [f"{n} changed" for n in names if stamp.inputs.get(n) != inputs.get(n)]
    return (State.STALE, tuple(found)) if found else (State.CURRENT, ())


def capture_inputs(settings: Settings, space: Workspace) -> Inputs:
    """Return what the captured compile database depends on."""
    return {
        "the source tree": tree_digest(settings),
        "the command of the build": digest_of(settings.build.get(BuildName.ORIGINAL)),
        # The analysis reads what it made.
        "the build in the copy": b"broken off" if space.unfinished.exists() else b"",
    }


def tree_digest(settings: Settings, known: Mapping[str, bytes] = MappingProxyType({})) -> bytes:
    """Return a digest of the names and contents of all files of the source tree.

    ``known`` are digests of contents that a stage has read: it depends on these.
    """
    digest = hashlib.sha256()
    for file in artifacts.source_files(settings.source):
        digest.update(file.encode("utf-8", "surrogateescape") + b"\0")
        digest.update(known.get(file) or _content(settings.source / file))
    return digest.digest()


def split_inputs(
    settings: Settings,
    space: Workspace,
    out: Path,
    emission: Emission,
    known: Mapping[str, bytes] = MappingProxyType({}),
) -> Inputs:
    """Return what the emitted trees depend on; ``known`` as in ``tree_digest``."""
    found = {
        "tcbsplit": code_digest(),
        "the analysis": _analysis(space),
        "the source tree": tree_digest(settings, known),
        "the settings of the split": digest_of(
            (settings.split, settings.handoff, settings.cuts, settings.preprocess, settings.order)
        ),
        "the style of the trees": digest_of(emission),
        "the folder of the trees": str(out).encode(),
    }
    if settings.split is not None:
        guest = settings.split.guest
        parts = (settings.split.glue.adapter_path, guest.adapter_path, *guest.image_paths.values())
        found |= {f"the adapter {p.name}": _content(p) for p in parts}
    return found


def build_inputs(settings: Settings, space: Workspace, out: Path) -> Inputs:
    """Return what the builds depend on."""
    return {
        "the emitted trees": _content(out / NAME),
        "the source tree": tree_digest(settings),
        "the settings of the builds": digest_of(settings.build),
    }


def boot_inputs(settings: Settings, space: Workspace, mode: str) -> Inputs:
    """Return what the boots depend on."""
    return {
        "the builds": b"".join(sorted(b.image.digest.encode() for b in _builds(space))),
        "the scenarios": digest_of((settings.scenarios, settings.given, settings.assets)),
        "the choice of the accelerator": mode.encode(),
    }


def report_inputs(settings: Settings, space: Workspace, out: Path) -> Inputs:
    """Return what the report depends on."""
    return {
        "tcbsplit": code_digest(),
        "the analysis": _analysis(space),
        "the emitted trees": _content(out / NAME),
        "the builds": _content(space.builds),
        "the boots": _content(space.verdicts),
        "the audit": _content(space.audit),
        "the components": digest_of(settings.components),
    }


def images(space: Workspace) -> tuple[Path, ...]:
    """Return the images that were built last."""
    return tuple(Path(b.image.path) for b in _builds(space))


def failed(space: Workspace) -> tuple[str, ...]:
    """Return the boots of the last run whose verdict does not hold."""
    try:
        found = decoded(space.verdicts, list[BootResult])
    except (OSError, ValueError):
        return ()
    passed = (Verdict.PASS, Verdict.SKIPPED)
    return tuple(f"{b.scenario} ({b.build}): {b.verdict}" for b in found if b.verdict not in passed)


def _builds(space: Workspace) -> list[BuildResult]:
    try:
        return decoded(space.builds, list[BuildResult])
    except (OSError, ValueError):
        return []


def _analysis(space: Workspace) -> bytes:
    return b"".join(_content(p) for p in (space.program, space.graph, space.classes))


def _content(path: Path) -> bytes:
    try:
        return hashlib.sha256(read_file(path)).digest()
    except OSError:
        return b""
