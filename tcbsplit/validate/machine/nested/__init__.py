# SPDX-License-Identifier: MIT
"""Run machines with KVM in a Linux that QEMU emulates."""
