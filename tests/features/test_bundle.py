"""TensorFlow's tensor bundles: read as written, or refused in a few words."""

import numpy as np
import pytest
from made_musicnn import random_weights, write_bundle

from musicgenre.features.bundle import masked_crc32c, read_bundle, read_index


def test_a_bundle_gives_back_what_was_written() -> None:
    written = random_weights()
    index, data = write_bundle(written)
    found = read_bundle(index, data, written)
    assert set(found) == set(written) and len(found) == 64
    for name, value in written.items():
        np.testing.assert_array_equal(found[name], value)


def test_a_scalar_has_no_axes_and_another_kind_is_left_out() -> None:
    index, data = write_bundle({"beta1_power": np.array(0.9, np.float32)})
    assert read_index(index)["beta1_power"].shape == ()
    assert read_bundle(index, data, ["beta1_power"])["beta1_power"] == np.float32(0.9)
    with pytest.raises(LookupError, match="other"):
        read_bundle(index, data, ["other"])


def test_the_checksum_is_castagnolis() -> None:
    crc = (masked_crc32c(b"123456789") - 0xA282EAD8) & 0xFFFFFFFF
    assert (crc >> 17 | crc << 15) & 0xFFFFFFFF == 0xE3069283  # the check value of CRC-32C


def test_damage_is_found_wherever_it_is() -> None:
    written = {"a/kernel": np.arange(12, dtype=np.float32).reshape(3, 4), "a/other": np.ones(2, np.float32)}
    index, data = write_bundle(written)
    n_refused = 0
    for place in range(len(index)):
        spoilt = index[:place] + bytes([index[place] ^ 0x55]) + index[place + 1 :]
        try:
            found = read_bundle(spoilt, data, written)
        except (ValueError, LookupError):
            n_refused += 1
        else:  # in bytes that are not read: the empty block and the footer's padding
            assert all(np.array_equal(found[name], value) for name, value in written.items())
    assert n_refused > len(index) // 2
    for place in range(len(data)):
        with pytest.raises(ValueError, match=r"checksum of .* does not match"):
            read_bundle(index, data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :], written)
    for end in range(0, len(index), 7):
        with pytest.raises(ValueError, match="index"):
            read_bundle(index[:end], data, written)
    with pytest.raises(ValueError, match="the data ends before a/other"):
        read_bundle(index, data[:-1], written)
