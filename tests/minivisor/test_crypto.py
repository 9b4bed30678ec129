# SPDX-License-Identifier: MIT
"""minivisor's cryptography against published vectors and an independent implementation."""

from __future__ import annotations

import ctypes
import hashlib
import random
import subprocess
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.keywrap import aes_key_wrap
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

MINIVISOR = Path(__file__).resolve().parent.parent.parent / "corpora/minivisor"
EBADMSG = 74


@pytest.fixture(scope="module", params=["gcc", "clang"])
def lib(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    target = tmp_path_factory.mktemp("crypto") / "crypto.so"
    sources = [*(MINIVISOR / "lib/crypto").glob("*.c"), MINIVISOR / "lib/string.c"]
    flags = ["-O1", "-g", "-shared", "-fPIC", "-fno-builtin", "-Wall", "-Wextra", "-Werror"]
    subprocess.run([request.param, *flags, f"-I{MINIVISOR}", "-o", target, *sources], check=True)
    library = ctypes.CDLL(str(target))
    # Without types ctypes would pass sizes as 32-bit integers.
    text, size = ctypes.c_char_p, ctypes.c_size_t
    library.pbkdf2_hmac_sha256.argtypes = [
        text, size, text, size, ctypes.c_uint32, ctypes.c_void_p, size,
    ]  # fmt: skip
    library.sha256.argtypes = [text, size, ctypes.c_void_p]
    library.sha512_update.argtypes = [ctypes.c_void_p, text, size]
    library.keywrap_unwrap.argtypes = [text, ctypes.c_uint, text, size, ctypes.c_void_p]
    library.ed25519_verify.argtypes = [text, text, size, text]
    for name in ("xts_encrypt_sector", "xts_decrypt_sector"):
        getattr(library, name).argtypes = [
            ctypes.c_void_p, ctypes.c_uint64, ctypes.c_void_p, size,
        ]  # fmt: skip
    return library


def out(length: int) -> ctypes.Array[ctypes.c_char]:
    return ctypes.create_string_buffer(length)


def test_sha256(lib: ctypes.CDLL) -> None:
    # FIPS 180-4 example "abc", then every length around the block boundaries.
    digest = out(32)
    lib.sha256(b"abc", 3, digest)
    assert digest.raw.hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    for length in range(200):
        lib.sha256(b"x" * length, length, digest)
        assert digest.raw == hashlib.sha256(b"x" * length).digest()


def test_sha512(lib: ctypes.CDLL) -> None:
    for length in (0, 3, 111, 112, 127, 128, 129, 1000):
        context, digest = out(512), out(64)
        lib.sha512_init(context)
        lib.sha512_update(context, b"y" * length, length)
        lib.sha512_final(context, digest)
        assert digest.raw == hashlib.sha512(b"y" * length).digest()


def test_pbkdf2(lib: ctypes.CDLL) -> None:
    # RFC 7914 section 11: PBKDF2-HMAC-SHA-256 "passwd", "salt", 1 iteration, 64 bytes.
    key = out(64)
    lib.pbkdf2_hmac_sha256(b"passwd", 6, b"salt", 4, 1, key, 64)
    assert key.raw.hex().startswith("55ac046e56e3089fec1691c22544b605")
    for password in (b"", b"pw", b"p" * 64, b"p" * 65):
        lib.pbkdf2_hmac_sha256(password, len(password), b"NaCl", 4, 3, key, 50)
        assert key.raw[:50] == hashlib.pbkdf2_hmac("sha256", password, b"NaCl", 3, 50)


def test_key_unwrap(lib: ctypes.CDLL) -> None:
    # RFC 3394 section 4.6: 256 bits of key with a 256-bit KEK.
    kek = bytes(range(32))
    wrapped = bytes.fromhex(
        "28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21"
    )
    key = out(32)
    assert lib.keywrap_unwrap(kek, 256, wrapped, len(wrapped), key) == 0
    assert key.raw.hex().upper() == (
        "00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F"
    )
    chance = random.Random(1)
    for length in (16, 32, 64):
        plain, kek = chance.randbytes(length), chance.randbytes(32)
        wrapped, key = aes_key_wrap(kek, plain), out(length)
        assert lib.keywrap_unwrap(kek, 256, wrapped, len(wrapped), key) == 0
        assert key.raw == plain
        bad = bytearray(wrapped)
        bad[chance.randrange(len(bad))] ^= 1
        assert lib.keywrap_unwrap(kek, 256, bytes(bad), len(bad), key) == -EBADMSG
        assert key.raw == bytes(length)


def test_xts(lib: ctypes.CDLL) -> None:
    chance = random.Random(2)
    for sector in (0, 1, 255, 2**32 + 5, 2**63):
        raw, plain = chance.randbytes(64), chance.randbytes(512)
        key, data = out(4096), ctypes.create_string_buffer(plain, 512)
        lib.xts_set_key(key, raw)
        lib.xts_encrypt_sector(key, ctypes.c_uint64(sector), data, 512)
        tweak = sector.to_bytes(16, "little")
        peer = Cipher(algorithms.AES(raw), modes.XTS(tweak)).encryptor()
        assert data.raw == peer.update(plain)
        lib.xts_decrypt_sector(key, ctypes.c_uint64(sector), data, 512)
        assert data.raw == plain


def test_ed25519_vectors(lib: ctypes.CDLL) -> None:
    # RFC 8032 section 7.1, tests 1 and 2.
    vectors = (
        (
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            b"",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc6"
            "1e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            b"\x72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e45"
            "8f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
    )
    for public, message, signature in vectors:
        arguments = (message, len(message), bytes.fromhex(public))
        assert lib.ed25519_verify(bytes.fromhex(signature), *arguments) == 0


def test_ed25519_agrees_with_another_implementation(lib: ctypes.CDLL) -> None:
    chance = random.Random(3)
    for length in (0, 1, 32, 200):
        key = Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))
        public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        message = chance.randbytes(length)
        signature = key.sign(message)
        assert lib.ed25519_verify(signature, message, length, public) == 0
        for _ in range(8):
            bad = bytearray(signature)
            bad[chance.randrange(64)] ^= 1 << chance.randrange(8)
            with pytest.raises(InvalidSignature):
                Ed25519PublicKey.from_public_bytes(public).verify(bytes(bad), message)
            assert lib.ed25519_verify(bytes(bad), message, length, public) == -EBADMSG


def test_ed25519_refuses_what_is_not_canonical(lib: ctypes.CDLL) -> None:
    order = 2**252 + 27742317777372353535851937790883648493
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    signature = key.sign(b"m")
    scalar = int.from_bytes(signature[32:], "little") + order
    malleable = signature[:32] + scalar.to_bytes(32, "little")
    assert lib.ed25519_verify(malleable, b"m", 1, public) == -EBADMSG
    beyond = (2**255 - 19 + 1).to_bytes(32, "little")  # y = 1 in another coat
    assert lib.ed25519_verify(signature, b"m", 1, beyond) == -EBADMSG
