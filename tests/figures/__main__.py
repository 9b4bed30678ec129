# SPDX-License-Identifier: MIT
"""Write the published figures anew: ``make figures``.

minivisor is run end to end; its tables and its report go to ``reports/examples``, a picture of the
page to ``docs``, and its headline into README.md. ``--analysis`` writes the line of another
hypervisor in ``hypervisors.csv``, the README's and that of docs/explanation/hypervisors.md, from an
analysis that is there.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from tests.figures.compared import COMPARED, with_figures
from tests.figures.hypervisors import published, with_table, write_line
from tests.figures.published import EXAMPLES, HEADLINE, KEPT, PICTURE, README, REPOSITORY, RESIDENT
from tests.support.browser import Browser, missing
from tests.support.cli import tcbsplit

SPLIT = REPOSITORY / "reports/minivisor/split"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.figures", description=__doc__)
    parser.add_argument("--analysis", nargs=4, metavar=("NAME", "REPOSITORY", "TREE", "ARTIFACTS"))
    options = parser.parse_args()
    if options.analysis:
        name, repository, tree, artifacts = options.analysis
        write_line(name, repository, Path(tree), Path(artifacts))
        README.write_text(with_table(README.read_text(), published()))
        COMPARED.write_text(with_figures(COMPARED.read_text(), published()))
    else:
        minivisor()


def minivisor() -> None:
    """Run minivisor; publish its figures."""
    for command in ("run", "audit", "report"):  # the report has the traces, too
        done = tcbsplit(command, REPOSITORY / "configs/minivisor.yaml", cwd=REPOSITORY)
        print(done.stdout, done.stderr)
        done.check_returncode()
    folder = EXAMPLES / "minivisor"
    folder.mkdir(parents=True, exist_ok=True)
    for name in KEPT:
        shutil.copy(SPLIT / name, folder / Path(name).name)
    text = README.read_text()
    for pattern in (HEADLINE, RESIDENT):
        (line,) = pattern.findall((folder / "REPORT.md").read_text())
        text = pattern.sub(line, text)  # figures only: nothing in it is a reference
    README.write_text(text)
    if missing():
        print(f"no picture of the page: {missing()}")
    else:
        picture(SPLIT / "report.html", PICTURE)


def picture(page: Path, path: Path) -> None:
    """Take a picture of the first screen."""
    browser = Browser()
    try:
        browser.show(page)
        browser.driver.save_screenshot(str(path))
    finally:
        browser.close()


if __name__ == "__main__":
    main()
