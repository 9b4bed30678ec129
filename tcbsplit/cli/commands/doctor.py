# SPDX-License-Identifier: MIT
"""Check the accelerators of this host."""

from __future__ import annotations

from tcbsplit.cli import options
from tcbsplit.cli.output import dump, say
from tcbsplit.errors import EnvironmentProblem


def doctor(json: options.Json = False) -> None:
    """List the accelerators of this host, and what the others need."""
    from tcbsplit.pipeline.doctor import doctor as examine_host

    found = examine_host()
    if json:
        dump(found)
    else:
        for offer in found:
            say(f"{offer.name:7} {'yes' if offer.there else 'no '}  {offer.text}")
    if not any(offer.there for offer in found):
        raise EnvironmentProblem("nothing here can run a machine")
