# SPDX-License-Identifier: MIT
"""tcbsplit: from the source of a C hypervisor to a thin hypervisor and a preprocessing guest."""

__version__ = "0.1.0"
