"""Image files as luma, with the white that they state."""

from __future__ import annotations

import io
import struct

import cv2
import numpy as np

from leap_core.errors import UserError
from leap_core.io import untrusted
from leap_core.io.pixels import Picture, luma, white_of

_PNG = b"\x89PNG\r\n\x1a\n"
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_LUMA = cv2.IMREAD_GRAYSCALE | cv2.IMREAD_ANYDEPTH


def decode(content: bytes, owner: str) -> Picture | None:
    """An image file as luma in the depth that it has; None where it cannot be decoded.

    Args:
        owner: names it in messages.

    Raises:
        UserError: pixels that are no numbers, or deep ones of which 0 is white, or whose colours
            stand in planes of their own.
    """
    data = np.frombuffer(content, np.uint8)
    try:
        image = cv2.imdecode(data, _LUMA) if len(data) else None
    except cv2.error:  # sizes that no image has
        return None
    if image is None or (content.startswith(_TIFF) and _is_damaged(content)):
        return None
    picture = luma(image, owner)
    if content.startswith(_PNG):
        return Picture(picture.samples, picture.white or _white_of_png(content, picture.samples))
    if content.startswith(_TIFF) and picture.white is None:
        return Picture(picture.samples, _white_of_tiff(content, picture.samples, owner))
    if content[:2] in (b"P5", b"P6", b"P2", b"P3"):
        return Picture(picture.samples, _white_of_netpbm(content) or picture.white)
    return picture


def _is_damaged(content: bytes) -> bool:
    """Whether data of a TIFF do not unpack: OpenCV gives a picture all the same."""
    from PIL import Image  # slow to import, and only TIFFs need it

    try:
        image = Image.open(io.BytesIO(content))
    except Exception:  # of a kind that only OpenCV reads
        return False
    try:
        image.load()
    except untrusted.DAMAGE:
        return True
    return False


def _white_of_png(content: bytes, samples: np.ndarray) -> float | None:
    """White of 16-bit samples from chunk ``sBIT``: the bits of the camera.

    The standard wants samples scaled to 16 bits, the upper bits repeated or zeros below; who
    writes them as the camera gives them has no such pattern.
    """
    bits = _significant_bits(content)
    if bits is None:
        return None
    if bits == 16:
        return float(white_of(16))
    whole = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    raw = np.asarray(whole, np.uint16)
    raw = raw if raw.ndim == 2 else raw[..., :3]
    low = raw & np.uint16(white_of(16 - bits))
    if not low.any() or (low == raw >> np.uint16(bits)).all():
        return float(white_of(16)) if raw.max() > white_of(bits) else None
    return float(white_of(bits)) if samples.max() <= white_of(bits) else None


def _significant_bits(content: bytes) -> int | None:
    place = len(_PNG)
    while place + 8 <= len(content):
        length, kind = struct.unpack(">I4s", content[place : place + 8])
        if kind in (b"IDAT", b"IEND"):
            return None
        if kind == b"sBIT" and length and 8 < content[place + 8] <= 16:
            return content[place + 8]
        place += 12 + length
    return None


def _white_of_tiff(content: bytes, samples: np.ndarray, owner: str) -> float | None:
    """White from the bits of a sample, or from tag ``MaxSampleValue`` where it names a depth."""
    import tifffile  # slow to import, and only deep TIFFs need it

    try:
        page = tifffile.TiffFile(io.BytesIO(content)).pages.first
        bits, darkest = int(np.max(page.bitspersample)), int(page.photometric)
        apart = page.samplesperpixel > 1 and int(page.planarconfig or 1) == 2
        tag = page.tags.get("MaxSampleValue")
        stated = 0 if tag is None else int(np.max(tag.value))
    except (*untrusted.DAMAGE, tifffile.TiffFileError):
        return None
    if darkest == 0 and samples.dtype.kind == "u":
        raise UserError(f"{owner}: 0 is white in this TIFF; save it with 0 as black (MINISBLACK)")
    if apart and samples.dtype.kind == "u":  # OpenCV mixes the planes up
        raise UserError(
            f"{owner}: has its colours in planes of their own; save it as grey, or as RGB pixel by "
            "pixel (PlanarConfiguration 1)"
        )
    if samples.dtype == np.uint16 and 8 < bits < 16:
        return float(white_of(bits) << (16 - bits))  # OpenCV shifts packed samples up
    depth = stated.bit_length()
    if 8 < depth < 16 and stated == white_of(depth) and samples.max() <= stated:
        return float(stated)
    return None


def _white_of_netpbm(content: bytes) -> float | None:
    """The largest value that the header of a PGM or PPM names."""
    words: list[bytes] = []
    for line in content[:4096].split(b"\n"):
        words += line.split(b"#")[0].split()
        if len(words) >= 4:
            break
    return float(words[3]) if len(words) >= 4 and words[3].isdigit() and int(words[3]) else None
