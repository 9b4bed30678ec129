"""Bochs: an emulator with a second SVM, and with VMX, that shares no code with QEMU."""

from tcbsplit.validate.accelerators.bochs.accelerator import Bochs

__all__ = ["Bochs"]
