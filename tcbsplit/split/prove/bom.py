# SPDX-License-Identifier: MIT
"""Exports the manifest as a CycloneDX bill of materials, which other tools sign and compare."""

from __future__ import annotations

import hashlib
import uuid
from collections import defaultdict
from collections.abc import Iterable

from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion

from tcbsplit.model.manifest import Manifest
from tcbsplit.model.split import Placement
from tcbsplit.model.vocabulary import Side

BOM = "bom.cdx.json"


def bill_of_materials(manifest: Manifest, manifest_bytes: bytes) -> str:
    """Return CycloneDX 1.6 JSON; the same manifest gives the same text.

    The image is made of the thin tree's files with their hashes. A file's properties name its
    definitions with class, places and hash of the text; what left the image is listed under the
    image itself, as are cuts and entries of the handoff.
    """
    digest = hashlib.sha256(manifest_bytes).hexdigest()
    by_file: dict[str, list[Placement]] = defaultdict(list)
    for d in manifest.definitions:
        by_file[d.file if Side.THIN in d.where else ""].append(d)
    image = Component(
        name=manifest.image,
        type=ComponentType.APPLICATION,
        bom_ref="image",
        properties=_properties([
            ("style", manifest.emission.style),
            ("manifest:sha256", digest),
            *((f"cut:{c.callee}", f"{c.policy} at {', '.join(c.sites)}: {c.reason}")
              for c in manifest.cuts),
            *((f"handoff:{e.name}", f"{e.size} bytes, {e.layout}")
              for e in manifest.handoff.entries),
            *map(_described, by_file[""]),
        ]),
    )  # fmt: skip
    files = [
        Component(
            name=path.removeprefix("thin/"),
            type=ComponentType.FILE,
            bom_ref=path,
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=sha256)],
            properties=_properties(map(_described, by_file[path.removeprefix("thin/")])),
        )
        for path, sha256 in manifest.outputs.items()
        if path.startswith("thin/")
    ]
    bom = Bom(
        serial_number=uuid.uuid5(uuid.NAMESPACE_OID, digest),
        metadata=BomMetaData(component=image),
        components=files,
    )
    # A time stamp would make two bills of one build differ.
    bom.metadata.timestamp = None  # type: ignore[assignment]
    bom.register_dependency(image, files)
    return make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=1)


def _properties(named: Iterable[tuple[str, str]]) -> list[Property]:
    return [Property(name=f"tcbsplit:{name}", value=value) for name, value in named]


def _described(d: Placement) -> tuple[str, str]:
    where = ", ".join(d.where) or "left out"
    return f"{d.kind}:{d.id}", f"{d.klass or 'data'}; {where}; sha256:{d.sha256}"
