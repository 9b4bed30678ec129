# SPDX-License-Identifier: MIT
"""Bad configurations: each file below cases/ opens with the mistakes that must be reported.

A comment ``# LINE: MESSAGE`` is one mistake; ``@`` stands for the folder of the cases. Nothing
else may be reported, and all of it at once, in order of place.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tcbsplit.config.load import load
from tcbsplit.errors import ConfigError

CASES = Path(__file__).parent / "cases"


@pytest.mark.parametrize("case", sorted(p.stem for p in CASES.glob("*.yaml")))
def test_all_mistakes_are_reported(case: str) -> None:
    path = CASES / f"{case}.yaml"
    expected = [
        (int(line), f"{path}:{line}: {message.replace('@', str(CASES))}")
        for line, message in re.findall(r"^# (\d+): (.*)$", path.read_text(), re.MULTILINE)
    ]
    assert expected
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert str(caught.value).splitlines() == [text for _, text in sorted(expected)]
