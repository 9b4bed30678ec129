# SPDX-License-Identifier: MIT
"""Makes the manifest of a plan, and reads the one in an OUT folder."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from tcbsplit import __version__
from tcbsplit.errors import OutputError
from tcbsplit.files import decoded
from tcbsplit.model.manifest import MANIFEST_VERSION, NAME, TREE, FileState, HandedOver, Manifest
from tcbsplit.model.phase import Classification, WrittenCut
from tcbsplit.model.program import Program
from tcbsplit.model.split import Split
from tcbsplit.model.unit import CompileCommand
from tcbsplit.model.vocabulary import Side, Style
from tcbsplit.split.decide.blob import layout_hash
from tcbsplit.split.edit.guard import MACROS
from tcbsplit.split.write.definitions import planned_texts

K = TypeVar("K", bound=str)


def manifest(
    program: Program,
    classes: Classification,
    split: Split,
    configuration: str,
    commands: Mapping[Side, Sequence[CompileCommand]],
) -> Manifest:
    """Return the manifest without its outputs; the same input gives the same manifest.

    ``configuration`` is the SHA-256 of the configuration; ``commands`` are those of the units of
    each emitted tree, as if it lay where the original does.
    """
    plan = split.plan
    emitted = {side: _digests(planned_texts(program, split, side)) for side in Side}
    return Manifest(
        version=MANIFEST_VERSION,
        tool=f"tcbsplit {__version__}",
        image=program.image,
        emission=plan.emission,
        configuration=configuration,
        inputs={path: f.digest for path, f in sorted(program.files.items())},
        outputs={},
        executable=(),
        links={},
        definitions=tuple(
            msgspec.structs.replace(
                p,
                why=classes.functions[p.id].why if p.id in classes.functions else (),
                emitted={s: emitted[s][p.id] for s in Side if p.id in emitted[s]},
            )
            for p in plan.placements
        ),
        cuts=tuple(
            WrittenCut.of(
                s.cut,
                stub=s.name,
                file=s.file,
                callee=s.callee,
                sites=tuple(f"{e.file}:{e.line}: {e.caller}" for e in s.sites),
            )
            for s in split.stubs
        ),
        handoff=HandedOver(
            layout=plan.layout_hash,
            entries=tuple(msgspec.structs.replace(e, symbol="") for e in plan.entries),
            given=tuple(msgspec.structs.replace(e, symbol="") for e in plan.given),
            given_layout=layout_hash(plan.given) if plan.given else "",
            inputs=tuple(msgspec.structs.replace(i, symbol="") for i in plan.inputs),
            unknown=plan.unknown,
            again=plan.again,
        ),
        commands={
            side: tuple(_portable(c, program.root, plan.emission.style, side) for c in units)
            for side, units in commands.items()
        },
    )


def with_outputs(
    document: Manifest, files: Mapping[str, bytes], states: Mapping[str, FileState]
) -> bytes:
    """Return the manifest's bytes; ``files`` are all others of OUT, ``states`` their states."""
    complete = msgspec.structs.replace(
        document,
        outputs=_digests(dict(sorted(files.items()))),
        executable=tuple(sorted(f for f, s in states.items() if s.executable)),
        links={f: s.link for f, s in sorted(states.items()) if s.link},
    )
    return msgspec.json.format(msgspec.json.encode(complete), indent=1) + b"\n"


def read_manifest(out: Path) -> Manifest:
    """Read the manifest in ``out``. Raises ``OutputError`` where there is none of this version."""
    path = out / NAME
    try:
        return decoded(path, Manifest)
    except OSError as error:
        raise OutputError(f"{path}: {error.strerror}; run tcbsplit split first") from None
    except ValueError as error:
        raise OutputError(f"{path}: is no manifest of this tcbsplit: {error}") from None


def _digests(contents: Mapping[K, bytes]) -> dict[K, str]:
    return {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}


def _portable(command: CompileCommand, root: str, style: Style, side: Side) -> CompileCommand:
    compiler, *rest = (a.replace(root, TREE) for a in command.arguments)
    macro = [f"-D{MACROS[side]}"] if style is Style.GUARD else []
    return msgspec.structs.replace(
        command,
        directory=command.directory.replace(root, TREE),
        arguments=(compiler, *macro, *rest),
        output="",
        responses=(),
    )


def commands_in(units: Sequence[CompileCommand], tree: Path) -> list[CompileCommand]:
    """Return the commands of a side for the tree at ``tree`` (absolute)."""
    return [
        msgspec.structs.replace(
            u,
            directory=u.directory.replace(TREE, str(tree)),
            arguments=tuple(a.replace(TREE, str(tree)) for a in u.arguments),
        )
        for u in units
    ]
