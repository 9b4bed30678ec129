# SPDX-License-Identifier: MIT
"""Run builds, read the images that they make, and seal them."""
