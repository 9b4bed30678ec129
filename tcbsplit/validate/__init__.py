# SPDX-License-Identifier: MIT
"""Build trees, boot them in machines, and judge what they do: builds and boots as evidence."""
