# SPDX-License-Identifier: MIT
"""The frozen types that the wings exchange, one file per noun; ``graph`` owns reachability."""
