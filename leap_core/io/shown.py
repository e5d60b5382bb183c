"""A decoded frame as a grey picture: depth, range, cropped edges, and the turn of the camera."""

from __future__ import annotations

from dataclasses import dataclass

import av
import av.sidedata.sidedata
import cv2
import numpy as np

from leap_core.io import pixels

_PLANAR_LUMA = {"yuv420p", "yuv422p", "yuv444p", "yuvj420p", "yuvj422p", "yuvj444p", "nv12", "gray"}
_FULL = 255 / 219  # grey levels of the full range to one of the limited range, 16 to 235
# samples of 16 bits, of which a camera may use fewer, at the lower end
_OPEN = ("gray16", "ya16", "rgb48", "bgr48", "rgba64", "bgra64", "gbrp16", "gbrap16")
_SHIFTED = ("p0", "p2", "p4")  # samples lie in the upper bits
_FIELDS = 2  # field orders of FFmpeg from here on: woven of two half pictures
_FIRST_PACKETS = 300  # in which a first frame must decode; else the header is believed
_DISPLAY = av.sidedata.sidedata.Type.DISPLAYMATRIX


@dataclass(frozen=True)
class Turn:
    """How a decoded frame is turned for display, as its display matrix says.

    Attributes:
        swapped: rows become columns, before the flips.
        flip_x, flip_y: mirrored left to right, top to bottom.
        oblique: the matrix asks for another angle, which is left out.
    """

    swapped: bool = False
    flip_x: bool = False
    flip_y: bool = False
    oblique: bool = False

    @property
    def mirrored(self) -> bool:
        """Not a mere rotation; OpenCV turns such frames, but does not mirror them."""
        return self.swapped ^ self.flip_x ^ self.flip_y

    @property
    def degrees(self) -> int:
        """Clockwise; of a mirrored frame, before it is mirrored left to right."""
        flip_x = self.flip_x ^ self.mirrored
        if self.swapped:
            return 90 if flip_x else 270
        return 180 if flip_x else 0

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Width and height after the turn."""
        return (height, width) if self.swapped else (width, height)

    def of(self, image: np.ndarray) -> np.ndarray:
        """An image (y, x), turned."""
        if self.swapped:
            image = image.T
        image = image[:: -1 if self.flip_y else 1, :: -1 if self.flip_x else 1]
        return np.ascontiguousarray(image)


# counterclockwise degrees, as PyAV tells them
_ROTATIONS = {
    0: Turn(),
    90: Turn(swapped=True, flip_y=True),
    -90: Turn(swapped=True, flip_x=True),
    180: Turn(flip_x=True, flip_y=True),
    -180: Turn(flip_x=True, flip_y=True),
}


def set_up(stream) -> None:
    """Prepare a decoder: edges that the file crops off are cut to the pixel.

    Otherwise FFmpeg cuts the left edge to what suits its memory only, and frames come out wider.
    """
    stream.codec_context.flags |= av.codec.context.Flags.unaligned


def turn_of(frame: av.VideoFrame) -> Turn:
    """The turn that a frame's display matrix asks for, as ``ffmpeg`` obeys it."""
    try:
        data = frame.side_data.get(_DISPLAY)  # type: ignore[call-overload]
    except ValueError:  # PyAV 18 stumbles over kinds of side data that it does not know, as EXIF
        return _ROTATIONS.get(frame.rotation, Turn(oblique=True))
    if data is None:
        return Turn()
    a, b, _, c, d = np.frombuffer(data, np.int32)[:5].astype(int)
    if not b and not c and a and d:
        return Turn(False, bool(a < 0), bool(d < 0))
    if not a and not d and b and c:
        return Turn(True, bool(c < 0), bool(b < 0))
    return Turn(oblique=True)


def first(container) -> av.VideoFrame | None:
    """The first frame that decodes; None where none of the first packets gives one."""
    for count, packet in enumerate(container.demux(container.streams.video[0])):
        try:
            for frame in packet.decode():
                return frame
        except av.error.FFmpegError:
            pass
        if count > _FIRST_PACKETS:
            break
    return None


def interlaced(frame: av.VideoFrame, stream) -> bool:
    """Whether a frame, or the file, says that frames are woven of two half pictures."""
    return bool(frame.interlaced_frame) or int(stream.codec_context.field_order or 0) >= _FIELDS


def leaves_open(name: str) -> bool:
    """Whether a pixel format's 16 bits say nothing of the depth of the samples."""
    return name.startswith(_OPEN) or (name.startswith("bayer_") and "16" in name)


def has_depth(name: str) -> bool:
    """Whether samples of a pixel format are numbers of more than 8 bits as the camera gave them.

    Deep YUV is not: what is black and white in it is part of the format.
    """
    if leaves_open(name) or not name:  # no name: not a frame could be decoded
        return bool(name)
    shape = av.VideoFormat(name, 16, 16)
    return 8 < bits_of(shape) < 16 and (name.startswith("gray") or shape.is_rgb)


def bits_of(frame_format: av.VideoFormat) -> int:
    """Bits of a sample, as the pixel format states them."""
    return max(component.bits for component in frame_format.components)


def grey(
    frame: av.VideoFrame, turn: Turn | None = None, bits: int | None = None, owner: object = "video"
) -> np.ndarray:
    """Luma of a decoded frame as (y, x) uint8 over the full range 0..255.

    The luma plane is used as it is where there is one; limited-range video (16..235, the usual
    case) is stretched, so the same scene gives the same numbers whatever the encoding.  Samples of
    more than 8 bits are scaled by their white.

    Args:
        turn: how to turn the image for display.
        bits: depth of grey or RGB samples of more than 8 bits; None = as the format states.
        owner: names the video in messages.

    Raises:
        UserError: a sample that is larger than ``bits`` allow.
    """
    name = frame.format.name
    if 8 < bits_of(frame.format) <= 16 or leaves_open(name):
        image = _deep(frame, bits, owner)
    elif name in _PLANAR_LUMA:
        samples = _plane(frame, 0, np.dtype(np.uint8))
        full = name == "gray" or name.startswith("yuvj") or int(frame.color_range) == 2
        image = samples.copy() if full else stretched(samples)
    else:
        image = frame.to_ndarray(format="gray")
    return image if turn is None else turn.of(image)


def stretched(samples: np.ndarray) -> np.ndarray:
    """Limited-range luma over the full range: uint8, rounded; beyond black and white 0 and 255.

    >>> stretched(np.array([[0, 16, 17, 126, 235, 255]], np.uint8)).tolist()
    [[0, 0, 1, 128, 255, 255]]
    """
    return cv2.addWeighted(samples, _FULL, samples, 0, -16 * _FULL)  # faster than a table


def _plane(frame: av.VideoFrame, number: int, kind: np.dtype) -> np.ndarray:
    plane = frame.planes[number]
    # a buffer, which the stubs do not say
    values = np.frombuffer(plane, kind)  # type: ignore[call-overload]
    return values.reshape(-1, plane.line_size // kind.itemsize)[: frame.height, : frame.width]


def _deep(frame: av.VideoFrame, bits: int | None, owner: object) -> np.ndarray:
    samples, stated, limited = deep_luma(frame)
    if limited:
        scale = 1 << (stated - 8)
        return pixels.levels(samples, 235 * scale, 16 * scale)
    used = bits if bits and has_depth(frame.format.name) else stated
    pixels.check(float(samples.max()), used, owner)
    return pixels.levels(samples, pixels.white_of(used))


def deep_luma(frame: av.VideoFrame) -> tuple[np.ndarray, int, bool]:
    """Luma of a frame of more than 8 bits: (y, x) uint16; its bits; is its range limited."""
    shape = frame.format
    bits, limited = bits_of(shape), int(frame.color_range) != 2
    if shape.name.startswith(("gray", "ya16")):
        return _words(frame, 0, step=2 if shape.name.startswith("ya") else 1), bits, False
    if shape.is_rgb or shape.is_bayer:
        if shape.is_bayer:
            frame = frame.reformat(format="rgb48le")
        if not frame.format.is_planar:
            frame = frame.reformat(format="gbrp10le" if bits == 10 else "gbrp16le")
        green, blue, red = (_words(frame, k).astype(float) for k in range(3))
        mixed = pixels.LUMA[0] * red + pixels.LUMA[1] * green + pixels.LUMA[2] * blue
        return np.rint(mixed).astype(np.uint16), bits_of(frame.format), False
    if shape.name.startswith(_SHIFTED):
        return _words(frame, 0) >> np.uint16(16 - bits), bits, limited
    if not shape.is_planar:
        frame = frame.reformat(format="yuv444p16le")
    return _words(frame, 0), bits_of(frame.format), limited


def _words(frame: av.VideoFrame, number: int, step: int = 1) -> np.ndarray:
    order = ">u2" if frame.format.is_big_endian else "<u2"
    plane = frame.planes[number]
    values = np.frombuffer(plane, order)  # type: ignore[call-overload]
    rows = values.reshape(-1, plane.line_size // 2)
    return rows[: frame.height, : frame.width * step : step].astype(np.uint16)


def largest(container) -> int:
    """The largest sample of a video whose format leaves the depth open.

    No further than where it needs all 16 bits: nothing is left to find then.
    """
    found = 0
    for packet in container.demux(container.streams.video[0]):
        try:
            frames = packet.decode()
        except av.error.FFmpegError:
            continue
        for frame in frames:
            found = max(found, int(deep_luma(frame)[0].max()))
        if found >= 1 << pixels.DEPTHS[-2]:
            break
    return found
