"""Builds and boots -> evidence."""

from tcbsplit.validate.accel import MODES, Accelerator, Host, Mode, choose, read_host
from tcbsplit.validate.boot import Bench, boot, replay, run_folder
from tcbsplit.validate.build import build, make_assets
from tcbsplit.validate.image import read_image, seal

__all__ = [
    "MODES",
    "Accelerator",
    "Bench",
    "Host",
    "Mode",
    "boot",
    "build",
    "choose",
    "make_assets",
    "read_host",
    "read_image",
    "replay",
    "run_folder",
    "seal",
]
