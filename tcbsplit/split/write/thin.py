"""The thin tree's own part: glue files, and the line that lists them for the build."""

from __future__ import annotations

from collections.abc import Collection

from tcbsplit.config.settings import GlueSettings
from tcbsplit.errors import SourceError
from tcbsplit.model.edit import Edit, NewFile
from tcbsplit.split.decide.boundary import Handoff
from tcbsplit.split.edit.excise import Sources
from tcbsplit.split.edit.guard import glue
from tcbsplit.split.write import handoff

HANDOFF_THIN = ("tcbsplit_types.h", "adapter.h", "handoff.h", "sha256.c", "sha256.h", "receive.c",
                "thin.c")  # fmt: skip


HEADERS = ("tcbsplit_types.h", "adapter.h")


def glue_files(
    settings: GlueSettings,
    generated: dict[str, bytes],
    adapter: bytes,
    handed_over: bool,
    *,
    guard: bool,
) -> list[NewFile]:
    """All files of the glue folder: runtime, generated tables, and the hand-written adapter.

    Where nothing is handed over by tcbsplit's own handoff, the adapter alone. With ``guard`` they
    are empty in other builds of the tree.
    """
    folder = f"thin/{settings.folder}"
    names = HANDOFF_THIN if handed_over else HEADERS
    files = {n: handoff.runtime_text("handoff", n).encode() for n in names}
    if handed_over:
        files |= generated
    files["adapter.c"] = adapter
    if guard:
        files |= {n: glue(c) for n, c in files.items() if n.endswith(".c")}
    return [NewFile(path=f"{folder}/{n}", content=c) for n, c in sorted(files.items())]


def joining_edit(settings: GlueSettings, sources: Sources, handed_over: bool) -> Edit:
    """The edit by which the glue joins the build, where the configuration says."""
    if settings.include_in:
        runtime = (*HANDOFF_THIN, "table.c", "returns.c") if handed_over else ()
        names = [n for n in (*runtime, "adapter.c") if n[-2:] == ".c"]
        depth = "../" * settings.include_in.count("/")
        text = "".join(f'#include "{depth}{settings.folder}/{n}"\n' for n in names)
        end = len(sources[settings.include_in].content)
        return Edit(
            settings.include_in,
            end,
            end,
            sources[settings.include_in].lines(text.encode()),
            "the glue joins the build",
        )
    assert settings.list is not None  # the configuration has exactly one of the two
    content = sources[settings.list.file].content
    at = content.find(settings.list.after.encode())
    if at < 0:
        raise SourceError(
            f"{settings.list.file}: no line has the text of split.glue.list.after: "
            f"{settings.list.after!r}"
        )
    end = content.find(b"\n", at)
    # A definition may go on over several lines.
    while end > 0 and content[end - 1 : end] == b"\\":
        end = content.find(b"\n", end + 1)
    end = len(content) if end < 0 else end + 1
    text = settings.list.text.rstrip("\n") + "\n"
    return Edit(
        settings.list.file, end, end, text.encode(), "the glue joins the build", always=True
    )


def descriptors(
    handed: Handoff, sources: Sources, files: Collection[str] | None = None
) -> list[Edit]:
    """Append a descriptor to each file (of ``files``) that defines a handed-over variable."""
    texts: dict[str, bytes] = {}
    for entry in handed.entries:
        if files is None or entry.file in files:
            text = handoff.descriptor(entry, handed.layouts[entry.name])
            texts[entry.file] = texts.get(entry.file, b"") + text
    edits = []
    for file, text in sorted(texts.items()):
        end = len(sources[file].content)
        edits.append(Edit(file, end, end, sources[file].lines(text), "handoff descriptors"))
    return edits
