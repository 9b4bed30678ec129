"""manifest.json: every definition with its class, reason, place and hash; cuts; handoff."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from tcbsplit import __version__
from tcbsplit.errors import OutputError
from tcbsplit.model.phase import Classification
from tcbsplit.model.program import Program
from tcbsplit.split.plan import Split

MANIFEST_VERSION = 1


class Made(msgspec.Struct):
    """What later stages need to know of a manifest."""

    version: int
    style: str = "excise"


def read_made(out: Path) -> Made:
    """Read how the trees in ``out`` were made. Raises ``OutputError`` where that is not told."""
    path = out / "manifest.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=Made)
    except (OSError, msgspec.MsgspecError) as error:
        raise OutputError(f"{path}: {error}; run tcbsplit split first") from None


def manifest(program: Program, classes: Classification, split: Split, config_digest: str) -> bytes:
    """Return the manifest's bytes; the same input gives the same bytes."""
    plan = split.plan
    document: dict[str, Any] = {
        "version": MANIFEST_VERSION,
        "tool": f"tcbsplit {__version__}",
        "image": program.image,
        "style": plan.style,
        "configuration": config_digest,
        "inputs": {path: f.digest for path, f in sorted(program.files.items())},
        "definitions": [
            {
                "id": p.id,
                "kind": p.kind,
                "file": p.file,
                "line": p.line,
                "class": p.klass,
                "why": list(classes.functions[p.id].why) if p.id in classes.functions else [],
                "where": list(p.where),
                "sha256": p.digest,
            }
            for p in plan.placements
        ],
        "cuts": [
            {
                "stub": s.name,
                "file": s.file,
                "callee": s.callee,
                "sites": [f"{e.file}:{e.line}: {e.caller}" for e in s.sites],
                "policy": s.cut.policy,
                "expression": s.cut.expression,
                "reason": s.cut.reason,
            }
            for s in split.stubs
        ],
        "handoff": {
            "layout": plan.layout_hash,
            "entries": [
                {
                    "id": e.id,
                    "name": e.name,
                    "file": e.file,
                    "size": e.size,
                    "layout": e.layout,
                    "secret": e.secret,
                    "writers": list(e.writers),
                    "readers": list(e.readers),
                    "parts": [msgspec.structs.asdict(p) for p in e.parts],
                }
                for e in plan.entries
            ],
        },
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"
