# SPDX-License-Identifier: MIT
"""Judge boots: one console, one boot, repetitions, and two builds compared."""
