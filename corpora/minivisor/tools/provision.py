# SPDX-License-Identifier: MIT
"""Makes what a demonstration boot needs: disk, token and signed configuration.

Everything is derived from fixed texts, so that two runs give the same bytes. These are keys of a
demonstration: whoever reads this file has them.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import struct
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.keywrap import aes_key_wrap
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

SECTOR = 512  # bytes
SECTORS = 2048
READ_BY_TARGET = (0, 1, 7, 63, 1500)


def derived(label: str, length: int) -> bytes:
    """Bytes that follow from a label: SHA-256 in counter mode."""
    blocks = (hashlib.sha256(f"minivisor {label} {i}".encode()).digest() for i in range(length))
    return b"".join(b for b, _ in zip(blocks, range((length + 31) // 32), strict=False))[:length]


def signing_key() -> Ed25519PrivateKey:
    """The key whose public half services/config/pubkey.c pins."""
    seed = hashlib.sha256(b"minivisor demonstration signing key").digest()
    return Ed25519PrivateKey.from_private_bytes(seed)


def public_key() -> bytes:
    """The pinned public key, 32 bytes."""
    return signing_key().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def token(pin: str, storage_key: bytes, iterations: int) -> bytes:
    """The token file: see services/idman/token.h."""
    salt = derived("salt", 16)
    kek = hashlib.pbkdf2_hmac("sha256", pin.encode(), salt, iterations, 32)
    return b"MVTOKEN1" + struct.pack("<II", iterations, 0) + salt + aes_key_wrap(kek, storage_key)


def configuration(first: int, count: int) -> bytes:
    """A signed configuration: the signature covers every byte before its line."""
    text = (
        "# demonstration\n"
        "banner = demonstration machine\n"
        f"storage.first = {first}\n"
        f"storage.count = {count}\n"
        "heartbeat = 100\n"
    ).encode()
    return text + b"signature = " + signing_key().sign(text).hex().encode() + b"\n"


def disk(storage_key: bytes, first: int, count: int) -> tuple[bytes, dict[str, str]]:
    """(image, sector -> SHA-256 of its plaintext); dm-crypt's aes-xts-plain64 inside the range."""
    sectors, digests = [], {}
    for number in range(SECTORS):
        plain = derived(f"sector {number}", SECTOR)
        digests[str(number)] = hashlib.sha256(plain).hexdigest()
        if first <= number < first + count:
            tweak = number.to_bytes(16, "little")
            plain = Cipher(algorithms.AES(storage_key), modes.XTS(tweak)).encryptor().update(plain)
        sectors.append(plain)
    return b"".join(sectors), digests


def write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_bytes(content)
    temporary.replace(path)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for the files")
    parser.add_argument("--pin", default="2718")
    parser.add_argument("--iterations", type=int, default=2048, help="of PBKDF2")
    parser.add_argument("--first", type=int, default=0, help="first encrypted sector")
    parser.add_argument("--count", type=int, default=1024, help="encrypted sectors")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    storage_key = derived("storage key", 64)
    image, digests = disk(storage_key, options.first, options.count)
    config = configuration(options.first, options.count)
    write(options.out / "disk.img", image)
    write(options.out / "token.bin", token(options.pin, storage_key, options.iterations))
    write(options.out / "minivisor.conf", config)
    tampered = config.replace(b"storage.count = ", b"storage.count = 1", 1)
    write(options.out / "tampered.conf", tampered)
    expected = {
        "public_key": public_key().hex(),
        "storage_key": storage_key.hex(),
        "sectors": {str(n): digests[str(n)] for n in READ_BY_TARGET},
    }
    write(options.out / "expected.json", json.dumps(expected, indent=1).encode() + b"\n")


if __name__ == "__main__":
    main()
