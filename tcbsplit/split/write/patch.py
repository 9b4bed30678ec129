# SPDX-License-Identifier: MIT
"""Makes patches between two trees and takes them back, with git in a temporary repository."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tcbsplit import process
from tcbsplit.errors import OutputError

# The same input gives the same bytes, whatever the user's configuration of git says.
_ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "LC_ALL": "C",
    **{f"GIT_{who}_NAME": "tcbsplit" for who in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{who}_EMAIL": "tcbsplit@localhost" for who in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{who}_DATE": "@0 +0000" for who in ("AUTHOR", "COMMITTER")},
}
# What a hook of the user's repository inherits from git must not lead into that repository, and no
# program of the environment may run.
_INHERITED = {
    "GIT_CONFIG_COUNT": "0",
    "GIT_CONFIG_PARAMETERS": "",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES": "",
    "GIT_NAMESPACE": "",
    "GIT_DIFF_OPTS": "",
}
_DIFF = (
    "--no-ext-diff",
    "--no-textconv",
    "--text",
    "--full-index",
    "--no-renames",
    "--diff-algorithm=histogram",
)
# Attributes of the tree's own must not have git convert line ends or expand keywords.
_ATTRIBUTES = "* -text -ident -filter -working-tree-encoding\n"
_TIMEOUT = 600.0  # seconds


class Repository:
    """A git repository with its work tree in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.own = folder / ".git"  # for further files that are not of the tree
        self._environment = {
            **_ENVIRONMENT,
            **_INHERITED,
            "GIT_DIR": str(self.own),
            "GIT_COMMON_DIR": str(self.own),
            "GIT_WORK_TREE": str(folder),
            "GIT_INDEX_FILE": str(self.own / "index"),
            "GIT_OBJECT_DIRECTORY": str(self.own / "objects"),
        }
        self.git("init", "-q", "--template=")
        (self.own / "info").mkdir(exist_ok=True)
        (self.own / "info/attributes").write_text(_ATTRIBUTES)

    def git(self, command: str, *arguments: str, check: bool = True) -> process.Completed:
        """Run git in the work tree; with ``check``, ``BuildError`` unless it succeeds."""
        return process.run(
            ["git", "-c", "core.quotePath=false", command, *arguments],
            cwd=self.folder,
            timeout=_TIMEOUT,
            env=self._environment,
            check=check,
        )

    def write(self, files: Mapping[str, bytes | None]) -> None:
        """Give the files of the work tree these contents; ``None`` removes a file."""
        for path, content in files.items():
            target = self.folder / path
            if content is None:
                target.unlink(missing_ok=True)
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)

    def stage(self, files: Mapping[str, bytes | None]) -> None:
        """Write ``files`` and add them to the index."""
        self.write(files)
        self.git("add", "--all", "--force")

    def commit(self, files: Mapping[str, bytes | None], message: str) -> None:
        """Write ``files`` and commit them; the message is taken as it is."""
        self.stage(files)
        (self.own / "message").write_text(message, encoding="utf-8")
        options = ("--quiet", "--allow-empty", "--cleanup=verbatim")
        self.git("commit", *options, f"--file={self.own / 'message'}")

    def mails(self, count: int) -> list[bytes]:
        """Return the last ``count`` commits as mails that ``git am`` takes, the oldest first."""
        options = ("--numbered", "--no-signature", *_DIFF)
        self.git("format-patch", f"-{count}", *options, f"--output-directory={self.own / 'mails'}")
        return [p.read_bytes() for p in sorted((self.own / "mails").glob("*"))]


@contextmanager
def repository() -> Iterator[Repository]:
    """Make an empty repository that lasts for the block."""
    with tempfile.TemporaryDirectory(prefix="tcbsplit-git-") as folder:
        yield Repository(Path(folder))


def unified(old: Mapping[str, bytes], new: Mapping[str, bytes]) -> bytes:
    """Return the patch from ``old`` to ``new`` (path -> content) as ``git apply`` takes it."""
    changed = [p for p in {*old, *new} if old.get(p) != new.get(p)]
    with repository() as made:
        made.commit({p: old.get(p) for p in changed}, "old")
        made.stage({p: new.get(p) for p in changed})
        output = made.own / "split.patch"
        made.git("diff", "--cached", *_DIFF, f"--output={output}")
        return output.read_bytes()


def reverse(patch: bytes, new: Mapping[str, bytes]) -> dict[str, bytes]:
    """Take a patch back: return the tree that it was made for, from the one it leads to.

    Raises ``OutputError`` where the patch does not fit.
    """
    touched = {f: c for f, c in new.items() if f" b/{f}\n".encode() in patch}
    with repository() as made:
        made.write(touched)
        (made.own / "split.patch").write_bytes(patch)
        options = ("--reverse", "--whitespace=nowarn", "--allow-empty")
        done = made.git("apply", *options, str(made.own / "split.patch"), check=False)
        if done.status != 0:
            told = done.output.partition("error: ")[2].partition("\n")[0]
            raise OutputError(f"split.patch: does not fit thin: {told}")
        files = (p for p in made.folder.rglob("*") if p.is_file() and made.own not in p.parents)
        old = {p.relative_to(made.folder).as_posix(): p.read_bytes() for p in files}
    return {f: c for f, c in new.items() if f not in touched} | old
