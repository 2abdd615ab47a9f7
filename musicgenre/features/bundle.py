"""Read TensorFlow's tensor bundles: arrays by name from an `.index` and a `.data` file, without TensorFlow or pickle.

The index is a sorted string table in LevelDB's format: blocks of keys that share prefixes, and a footer with the
position of the block of blocks. A key is a tensor's name, its value a protocol buffer of kind, shape, position, length
and checksum. Sources: TensorFlow's `tensor_bundle.proto` and LevelDB's "table format" document.
"""

import struct
from collections.abc import Collection, Iterator
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_MAGIC = 0xDB4775248B80FB57
_FOOTER = 48  # bytes
_TRAILER = 5  # bytes after each block: compression, checksum
_FLOAT = 1  # TensorFlow's code for float32
_LARGEST = 1 << 28  # bytes of a tensor
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5  # wire types of protocol buffers


class Entry(NamedTuple):
    """Position of a float32 tensor in the data: its shape, first byte, length in bytes and masked CRC-32C."""

    shape: tuple[int, ...]
    offset: int
    size: int
    checksum: int


def read_bundle(
    index: bytes, data: bytes, wanted: Collection[str], *, check: bool = True
) -> dict[str, NDArray[np.float32]]:
    """Return float32 tensors of a bundle with one data file, by name.

    Args:
        index: Content of the `.index` file.
        data: Content of the `.data-00000-of-00001` file.
        wanted: Names of the tensors to read.
        check: Verify each tensor's checksum, which takes 0.1 s per megabyte.

    Raises:
        LookupError: There is no such tensor.
        ValueError: They are not a bundle, or a damaged one.
    """
    found, entries = {}, read_index(index)
    for name in wanted:
        entry = entries[name]
        content = data[entry.offset : entry.offset + entry.size]
        if len(content) != entry.size:
            raise ValueError(f"the data ends before {name}")
        if check and masked_crc32c(content) != entry.checksum:
            raise ValueError(f"the checksum of {name} does not match")
        found[name] = np.frombuffer(content, "<f4").reshape(entry.shape)
    return found


def read_index(index: bytes) -> dict[str, Entry]:
    """Return the position of each float32 tensor.

    Raises:
        ValueError: It is not an index, or a damaged one.
    """
    try:
        return _entries(index)
    except (IndexError, struct.error) as error:
        raise ValueError("the index is cut off") from error


def _entries(index: bytes) -> dict[str, Entry]:
    if len(index) < _FOOTER or struct.unpack("<Q", index[-8:])[0] != _MAGIC:
        raise ValueError("the index is not a tensor bundle's")
    footer = index[-_FOOTER:]
    at = _handle(footer, 0)[2]  # skip the handle of a block without tensors
    offset, size, _ = _handle(footer, at)
    found: dict[str, Entry] = {}
    for _, place in _block(index, offset, size):
        first, length, _ = _handle(place, 0)
        for key, value in _block(index, first, length):
            if not key:
                _require_one_file(value)
            elif (entry := _entry(value)) is not None:
                found[key.decode("utf-8", "replace")] = entry
    return found


def _block(index: bytes, offset: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield the keys and values of a block."""
    whole = index[offset : offset + size + _TRAILER]
    if size < 4 or len(whole) != size + _TRAILER:
        raise ValueError("the index is cut off")
    if whole[size] != 0:
        raise ValueError("the index is compressed")
    if masked_crc32c(whole[: size + 1]) != struct.unpack("<I", whole[size + 1 :])[0]:
        raise ValueError("the checksum of the index does not match")
    end = size - 4 * (1 + struct.unpack("<I", whole[size - 4 : size])[0])
    if end < 0:
        raise ValueError("the index is cut off")
    at, key = 0, b""
    while at < end:
        shared, at = _varint(whole, at)
        unshared, at = _varint(whole, at)
        length, at = _varint(whole, at)
        if shared > len(key) or at + unshared + length > end:
            raise ValueError("a key of the index extends beyond its block")
        key = key[:shared] + whole[at : at + unshared]
        at += unshared
        yield key, whole[at : at + length]
        at += length


def _handle(content: bytes, at: int) -> tuple[int, int, int]:
    """Return a block's start and length, and the position of the next handle."""
    offset, at = _varint(content, at)
    size, at = _varint(content, at)
    return offset, size, at


def _entry(value: bytes) -> Entry | None:
    """Return a tensor's position; None if it is not float32."""
    fields = dict(_fields(value))
    if fields.get(1, 0) != _FLOAT:
        return None
    shape = tuple(_shape(fields.get(2, b"")))
    offset, size, checksum = (fields.get(number, 0) for number in (4, 5, 6))
    if not (isinstance(offset, int) and isinstance(size, int) and isinstance(checksum, int)) or fields.get(3, 0) != 0:
        raise ValueError("a tensor is in another file, or has no position")
    count = 1
    for length in shape:
        count *= length
        if length > _LARGEST or count > _LARGEST:
            raise ValueError("a tensor is too large")
    if size != 4 * count:
        raise ValueError(f"a tensor of shape {shape} has {size} bytes")
    return Entry(shape, offset, size, checksum)


def _shape(message: int | bytes) -> Iterator[int]:
    if isinstance(message, int):
        raise ValueError("a tensor has no shape")
    for number, value in _fields(message):
        if number == 2 and isinstance(value, bytes):
            size = dict(_fields(value)).get(1, 0)
            if not isinstance(size, int):
                raise ValueError("a tensor has no shape")
            yield size


def _require_one_file(header: bytes) -> None:
    if dict(_fields(header)).get(1) != 1:
        raise ValueError("it is spread over several data files")


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield the fields of a protocol buffer: field number, and an integer or bytes."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        kind = tag & 7
        if kind == _VARINT:
            value, at = _varint(message, at)
            yield tag >> 3, value
            continue
        if kind == _BYTES:
            length, at = _varint(message, at)
        else:
            length = {_FIXED64: 8, _FIXED32: 4}.get(kind, len(message) + 1)
        content, at = message[at : at + length], at + length
        if at > len(message):
            raise ValueError("a field of the index cannot be read")
        yield tag >> 3, content if kind == _BYTES else int.from_bytes(content, "little")


def _varint(content: bytes, at: int) -> tuple[int, int]:
    """Return a varint (7 bits per byte) and where it ends."""
    value = 0
    for shift in range(0, 64, 7):
        byte = content[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
    raise ValueError("a number in the index has no end")


@cache
def _table() -> list[int]:
    """Return the CRC-32C lookup table of all bytes (Castagnoli's polynomial, reflected)."""
    table = list(range(256))
    for _ in range(8):
        table = [(value >> 1) ^ (0x82F63B78 if value & 1 else 0) for value in table]
    return table


def masked_crc32c(content: bytes) -> int:
    """Compute the CRC-32C of bytes, masked as in these files (rotated, plus a constant).

    Example:
        >>> hex(masked_crc32c(b"123456789"))  # 0xe3069283 before it is masked
        '0xc78ab0e5'
    """
    table, crc = _table(), 0xFFFFFFFF
    for byte in content:
        crc = table[(crc ^ byte) & 255] ^ (crc >> 8)
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
