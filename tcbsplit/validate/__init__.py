"""Builds and boots -> evidence."""

from tcbsplit.validate.accel import MODES, Accelerator, Host, Mode, choose, read_host
from tcbsplit.validate.boot import Bench, Watcher, boot
from tcbsplit.validate.build import build, make_assets
from tcbsplit.validate.image import read_image, seal
from tcbsplit.validate.places import run_folder
from tcbsplit.validate.replay import replay, replay_log

__all__ = [
    "MODES",
    "Accelerator",
    "Bench",
    "Host",
    "Mode",
    "Watcher",
    "boot",
    "build",
    "choose",
    "make_assets",
    "read_host",
    "read_image",
    "replay",
    "replay_log",
    "run_folder",
    "seal",
]
