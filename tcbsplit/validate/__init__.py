"""Builds and boots -> evidence."""

from tcbsplit.validate.boot import Bench, Watcher, boot
from tcbsplit.validate.build import build, make_assets
from tcbsplit.validate.image import read_image, seal
from tcbsplit.validate.matrix import boot_all
from tcbsplit.validate.places import run_folder
from tcbsplit.validate.replay import replay, replay_log

__all__ = [
    "Bench",
    "Watcher",
    "boot",
    "boot_all",
    "build",
    "make_assets",
    "read_image",
    "replay",
    "replay_log",
    "run_folder",
    "seal",
]
