# SPDX-License-Identifier: MIT
"""Splits a program by its classes: plans, writes and checks the thin and the guest tree."""
