# SPDX-License-Identifier: MIT
"""The small host program, split, and how both halves are built."""

from __future__ import annotations

from pathlib import Path

from tcbsplit.config.load import load
from tcbsplit.config.settings import Settings
from tcbsplit.model.result import BuildResult
from tcbsplit.pipeline.analyze import analyze
from tcbsplit.pipeline.build import build
from tcbsplit.pipeline.split import split
from tcbsplit.pipeline.verify import verify
from tcbsplit.pipeline.workspace import Workspace

# The guest of the small program is a program of the host, too.
BUILD = """
build:
  original: {command: [make], image: tiny}
  guest:
    command: [sh, -c, "gcc -Itcbsplit -Isrc/include -c tcbsplit/*.c src/*.c && gcc -o guest *.o"]
    image: guest
  thin: {command: [make, -f, Makefile], image: tiny}
"""


class Made:
    """The small program, split."""

    def __init__(self, tiny: Path, tmp_path: Path) -> None:
        config = tiny / "tiny.yaml"
        config.write_text(config.read_text() + BUILD)
        self.config, self.compdb = config, tiny / "compile_commands.json"
        self.artifacts, self.out = tmp_path / "artifacts", tmp_path / "split"
        analyze(self.settings, self.space)
        split(self.settings, self.space, self.out)

    @property
    def settings(self) -> Settings:
        return load(self.config, compdb=self.compdb)

    @property
    def space(self) -> Workspace:
        return Workspace(self.artifacts)

    def build(self) -> list[BuildResult]:
        return build(self.settings, self.space, self.out)

    def problems(self) -> str:
        return "\n".join(verify(self.out).problems)
