# SPDX-License-Identifier: MIT
"""The long runs: random programs divided, blobs fuzzed, faults injected into boots."""
