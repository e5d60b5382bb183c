"""Frames of a video in any order: the number and the pixels that reading forward gives.

Decoding begins at a key frame where that is proven safe: what comes after it builds on nothing
before it, and every packet is the one that was listed when the file was read from its beginning.
Elsewhere (streams that only count their frames, codecs whose key frames do not say enough, files in
which the library lands somewhere else) frames are decoded forward from the first.  Footage that is
stored frame by frame needs none of this.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import av
import numpy as np

from leap_core.errors import UserError
from leap_core.io import films, frame_list, h264, losses, video
from leap_core.io.decoding import NoKeyFrame, decoded
from leap_core.io.frame_cache import Cache
from leap_core.io.packets import UNTOLD, Packets
from leap_core.io.pixels import Depth
from leap_core.io.readers import opening
from leap_core.io.readers.shared import Reader

AHEAD = 32  # frames that are decoded while somebody watches: half a second and more
BACK = 64  # frames before the one that is asked for, for whoever goes back from there
# codecs whose key frames a decoder itself tells from others
_TOLD = set(
    "av1 ffv1 flv1 h263 hevc mpeg1video mpeg2video mpeg4 msmpeg4v2 msmpeg4v3 png theora vp8 vp9 "
    "wmv1 wmv2".split()
)
_TRIES = 4  # key frames before the right one from which to come to it
_FAILURES = 8  # key frames in a row at which decoding cannot begin: it will at none
_UNKNOWN = 300  # packets that may be cut off or unlisted where a seek lands


class Closed(Exception):
    """A video was closed while somebody waited for a frame of it."""


class Frames:
    """A video whose frames are asked for in any order, by any thread.

    Args:
        depth: what the config says of samples of more than 8 bits.
        cache: where frames are kept; several videos may share one.
        sound: all of its frames can be decoded, as far as is known.
        dataset: which array of an HDF5 file is the video.
        ahead: decode in a thread what somebody who looks at one frame after the other will ask for.

    Attributes:
        info: of the video; frames have the numbers of :func:`leap_core.io.video.read_frames`.

    Raises:
        UserError: as :func:`leap_core.io.video.probe` and :func:`leap_core.io.video.settle`.
    """

    def __init__(
        self,
        path: str | Path,
        depth: Depth | None = None,
        cache: Cache | None = None,
        *,
        sound: bool = True,
        dataset: str | None = None,
        ahead: bool = True,
    ):
        path = Path(path)
        self._reader: Reader | None = None
        self._files = ExitStack()
        if video.kind(path):
            self.info = video.settle(video.probe(path, dataset), depth)
            self._reader = self._files.enter_context(opening.frames_of(self.info))
        else:
            info, self._packets = films.listed(path)
            self.info = video.settle(info, depth)
        self._cache = Cache() if cache is None else cache
        self._dropped = set(self.info.dropped)
        self._sound = sound and all(trust == losses.SOUND for trust in self.info.trust)
        self._lock = threading.Lock()
        self._asking = 0  # threads that wait for a frame
        self._closed = False
        self._ahead = ahead and self._reader is None
        self._goal = -1  # decode ahead up to here
        self._working = False
        self._last = -1
        self._run: Iterator[tuple[int, np.ndarray | None]] = iter(())
        self._next = -1  # the frame that the run gives next; -1 = there is no run
        self._container: Any = None
        self._starts = [] if self._reader else self._find_starts()

    def _find_starts(self) -> list[tuple[int, int]]:
        """(number, place) of the key frames at which decoding may begin."""
        info, kept = self.info, self._packets
        with films.opened(info.path) as container:
            context = container.streams.video[0].codec_context
            name = context.codec.canonical_name
            known = name == "h264" or name in _TOLD or context.codec.intra_only
            kind = set(container.format.name.split(","))
        timeless = bool(kind & frame_list.RAW) or any(k.endswith("_pipe") for k in kind)
        if info.counted or timeless or not known:
            return []
        order, trust = np.asarray(info.order), np.asarray(info.trust)
        before = np.r_[-1, np.maximum.accumulate(order)[:-1]]
        good = kept.key & ~kept.hidden & (order > before) & (trust == losses.SOUND)
        good[0] = False  # that is the beginning, which needs no seek
        return [(int(order[at]), int(at)) for at in np.flatnonzero(good)]

    def read(self, number: int) -> np.ndarray | None:
        """The frame as (y, x) uint8; None where it cannot be decoded.

        Raises:
            IndexError: the video has no such frame.
            UserError: not a single frame can be decoded, or not all of a stream that counts them.
            Closed: :meth:`close` was called, before or meanwhile.
        """
        if not 0 <= number < len(self.info):
            raise IndexError(f"{self.info.path}: no frame {number}")
        found, image = self._cache.get(id(self), number)
        if not found:
            self._asking += 1  # the thread that decodes ahead lets go of the lock
            with self._lock:
                self._asking -= 1
                found, image = self._cache.get(id(self), number)
                if not found:
                    image = self._decode(number)
        if self._ahead and number - self._last in (1, 2):
            self._look_ahead(number)
        self._last = number
        return image

    def close(self) -> None:
        """Let go of the file and of its frames; whoever waits for one is told."""
        self._closed, self._goal = True, -1
        with self._lock:
            self._end()
            self._files.close()
            self._cache.drop(id(self))

    # ----- decoding; all below needs the lock

    def _decode(self, number: int) -> np.ndarray | None:
        if self._closed:
            raise Closed(self.info.path)
        if self._reader:
            image = self._reader.frame(number)
            self._cache.put(id(self), number, image)
            return image
        try:
            return self._reach(number)
        except (NoKeyFrame, av.error.FFmpegError):
            self._starts = []  # the file is not what it seemed to be: forward is always right
            self._end()
            return self._reach(number)
        except (UserError, Closed):
            self._end()
            raise

    def _reach(self, number: int) -> np.ndarray | None:
        at = bisect_right(self._starts, (number, len(self._packets)))
        if not self._sound:  # what a decoder makes of damage reaches into the next key frame
            at = max(0, at - 1)
        nearest = self._starts[at - 1][0] if at else 0
        if not nearest <= self._next <= number:
            self._begin(at, max(0, number - self._most(BACK, 2)))
        while True:
            k, image = self._one_more()
            if k == number:
                return image

    def _one_more(self) -> tuple[int, np.ndarray | None]:
        k, image = next(self._run)
        self._next = k + 1
        self._cache.put(id(self), k, image)
        self._sound &= image is not None or k in self._dropped
        return k, image

    def _most(self, count: int, share: int) -> int:
        """So many frames, or what a share of the cache can hold."""
        size = max(1, self.info.width * self.info.height)
        return max(1, min(count, self._cache.limit // share // size))

    def _begin(self, at: int, since: int) -> None:
        """Make a run that begins at the last of the first so many key frames that allows it."""
        least = at - _FAILURES
        while at:
            at -= 1
            number, place = self._starts[at]
            try:
                packets = self._from_place(place, at)
                run = decoded(packets, self.info, place=place, since=since)
                first = next(run)
            except (NoKeyFrame, av.error.FFmpegError, StopIteration):
                del self._starts[at]
                self._end()
                if at <= least:
                    del self._starts[:at]
                    at = 0
                continue
            self._run, self._next = _again(first, run), max(number, since)
            return
        self._end()
        packets = self._until_closed(self._open().demux(video=0))
        self._run, self._next = decoded(packets, self.info, since=since), since

    def _open(self) -> Any:
        if self._container is None:
            self._container = films.opened(self.info.path)
            films.threads(self._container.streams.video[0], self.info)
        return self._container

    def _end(self) -> None:
        self._run, self._next = iter(()), -1
        if self._container is not None:
            self._container.close()
            self._container = None

    def _from_place(self, place: int, at: int) -> Iterator[av.Packet]:
        """The packets from a place on, found by a seek.

        Raises:
            NoKeyFrame: it is not found, or pictures build on others before it.
        """
        container = self._open()
        stream = container.streams.video[0]
        for time in self._times(place, at):
            container.seek(time, stream=stream)
            packets = container.demux(stream)
            landed = self._landing(packets, place)
            if landed is None:
                continue
            where, packet = landed
            listed = _as_listed(packets, self._packets, where + 1)
            while where < place:
                packet, where = next(listed), where + 1
            if stream.codec_context.name == "h264" and not h264.begins_anew(
                stream, packet, self._sound
            ):
                raise NoKeyFrame(place)
            return self._until_closed(_again(packet, listed))
        raise NoKeyFrame(place)

    def _until_closed(self, packets: Iterator[av.Packet]) -> Iterator[av.Packet]:
        for packet in packets:
            if self._closed:
                raise Closed(self.info.path)
            yield packet

    def _times(self, place: int, at: int) -> Iterator[int]:
        """Times from which a seek may come to a place: libraries go by one or the other."""
        before = [self._starts[k][1] for k in range(at - 1, max(-1, at - 1 - _TRIES), -1)]
        for row in (place, *before):
            for clock in (self._packets.pts, self._packets.dts):
                if clock[row] != UNTOLD:
                    yield int(clock[row])

    def _landing(self, packets: Iterator[av.Packet], place: int) -> tuple[int, av.Packet] | None:
        """The first packet that is known, and its place; None = it lies behind the wanted one."""
        for count, packet in enumerate(packets):
            if not packet.size or count > _UNKNOWN:
                return None
            rows = np.flatnonzero(self._packets.pos == packet.pos)
            same = [int(row) for row in rows if _is_row(packet, self._packets, int(row))]
            if len(same) == 1:
                return (same[0], packet) if same[0] <= place else None
        return None

    # ----- ahead

    def _look_ahead(self, number: int) -> None:
        self._goal = min(number + self._most(AHEAD, 4), len(self.info) - 1)
        if not self._working:
            self._working = True
            threading.Thread(target=self._work).start()

    def _work(self) -> None:
        """Decode up to the goal, one frame at a time, as long as nobody waits for another."""
        try:
            while not self._asking:
                with self._lock:
                    near = 0 <= self._next <= self._goal <= self._next + 2 * AHEAD
                    if not near:
                        return
                    self._one_more()
        except (UserError, NoKeyFrame, Closed, StopIteration, av.error.FFmpegError):
            with self._lock:
                self._end()  # whoever asks for the frame is told
        finally:
            self._working = False


def _is_row(packet: av.Packet, kept: Packets, row: int) -> bool:
    told = tuple(UNTOLD if n is None else n for n in (packet.pts, packet.dts, packet.pos))
    listed = kept.pts[row], kept.dts[row], kept.pos[row]
    return told == listed and packet.size == kept.size[row]


def _as_listed(packets: Iterator[av.Packet], kept: Packets, place: int) -> Iterator[av.Packet]:
    """The packets, each of which must be the one that was listed."""
    for packet in packets:
        if packet.size:
            if place >= len(kept) or not _is_row(packet, kept, place):
                raise NoKeyFrame(place)
            place += 1
        yield packet


def _again(first, more: Iterator) -> Iterator:
    yield first
    yield from more
