"""A map of behavior that a person looks at, and the edits of its regions."""

from __future__ import annotations

import hashlib
import os
import threading
from collections import OrderedDict
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from leap_core import sources
from leap_core.behavior import region_edits, regions, wavelets
from leap_core.config import Config
from leap_core.containers import Behavior, BehaviorMap, Channels
from leap_core.errors import UserError
from leap_core.figures.quality import clips
from leap_core.io import hdf5
from leap_core.timeseries import known_fps
from leap_core.web import shared_file
from leap_core.web.explore import collecting, results
from leap_core.web.incoming import Refused, cell, edit_id, person

_REMEMBERED = 1000  # edits that may be sent again
_MOVIES = 64  # clips that are kept in memory
LONGEST_CLIP = 1000  # frames
Row = dict[str, Any]


class Session:
    """What the page shows; all of it may be called by any thread.

    Args:
        labels: folder that holds the edits instead of what the config names, which is what the
            workflow reads.

    Attributes:
        path: the file of the edits.

    Raises:
        UserError: there is no map yet, or a file of it is damaged or of an older version.
    """

    def __init__(self, settings: Config, config_path: Path, labels: Path | None = None):
        self.settings, self.config_path = settings, config_path
        self.results = Path("results") / settings.dataset
        self.make = f"snakemake --cores all figures --configfile {config_path}"
        self.path = sources.region_edits(settings)
        if labels is not None:
            self.path = labels / self.path.name
        self.lock = threading.RLock()
        self._done: OrderedDict[str, None] = OrderedDict()
        self._movies: OrderedDict[tuple[str, int, int], bytes] = OrderedDict()
        self._tried = self._files()
        self._why = ""  # what was made last could not be read
        self._read()

    # ----- files

    def _read(self) -> None:
        """Read the map as it was made last; what was read before stays where this fails."""
        found = results.read(self.settings, self.results / "behavior", self.make)
        self.behaviors, self.total = found.behaviors, found.total
        self.made, self.embedding, self.stats = found.map, found.embedding, found.stats
        self._counts, self._told, self._points = found.counts, found.told, found.points
        self.recordings = found.recordings
        self._first = {one["name"]: one["first"] for one in self.recordings}
        size = self.settings.crop.size
        crops = {name: self.results / "crops" / f"{name}.h5" for name in self.behaviors}
        poses = {name: self.results / "poses" / f"{name}.h5" for name in self.behaviors}
        there = {name: path for name, path in crops.items() if path.exists()}
        self._load = clips.loader(there, poses, size)
        self._visits: tuple[str, dict[int, list[clips.Visit]]] | None = None
        self._movies.clear()
        self._signature: shared_file.Signature = (0, 0, 0)
        self._text, self.problem, self.others = "", "", 0
        self.edits: list[region_edits.Edit] = []
        self.area = self.made
        self._follow_edits()

    def follow(self) -> None:
        """Take over what others have written: edits, or a map that was made again.

        Raises:
            UserError: it is being made again.
        """
        with self.lock:
            if (now := self._files()) != self._tried:
                try:
                    self._read()
                    self._why = ""
                except UserError as error:
                    self._why = str(error)
                self._tried = now
            if self._why:
                raise UserError(self._why)
            self._follow_edits()

    def _files(self) -> tuple[shared_file.Signature, ...]:
        """Changes when what the page shows is made again."""
        folder = self.results / "behavior"
        names = ["map.h5", "statistics.h5", *(f"{name}.h5" for name in self.settings.recordings)]
        return tuple(shared_file.signature(folder / name) for name in names)

    @property
    def seen(self) -> Any:
        """Changes when somebody else has written the edits or the map."""
        return shared_file.signature(self.path), self._files()

    def _follow_edits(self) -> None:
        now = shared_file.signature(self.path)
        if now == self._signature:
            return
        self._signature, self.problem = now, ""
        try:
            text, edits = "", []
            if now is not None:
                edits = region_edits.read(self.path)
                text = self.path.read_text(encoding="utf-8-sig")
            mine, others = region_edits.of_map(edits, self.made.key)
            self.area = self._edited(mine)
            self._text, self.edits, self.others = text, mine, others
        except UserError as error:  # lines that somebody has written by hand
            self.problem = str(error)
        except OSError as error:
            self.problem = f"{self.path}: cannot be read ({error.strerror or error})"

    def _edited(self, edits: list[region_edits.Edit]) -> BehaviorMap:
        """The map with these edits, as the workflow will make it."""
        made = self.made
        assert made.found is not None
        found = regions.with_edits(
            made.found, made.edges_x, made.density, self._counts, self.embedding, edits
        )
        return replace(found, key=made.key, note=made.note)

    # ----- reading

    @property
    def version(self) -> str:
        """Changes with every edit, and with the map: what a page has seen."""
        return hashlib.sha256(f"{self.made.key} {self._text} {self.problem}".encode()).hexdigest()[
            :12
        ]

    def head(self) -> dict[str, Any]:
        """All that the page is told as JSON."""
        with self.lock:
            self.follow()
            told = collecting.head(
                self.settings.dataset,
                self.area,
                self.stats,
                self._known(),
                self.recordings,
                self.total,
            )
            about = {
                "file": str(self.path),
                "count": len(self.edits),
                "version": self.version,
                "other": self.others,
                "problem": self.problem,
                "last": self.edits[-1].text if self.edits else None,
                "run": self.make,
                "made": hashlib.sha256(repr(self._tried).encode()).hexdigest()[:12],
            }
            return told | {"live": True, "edits": about}

    def _known(self) -> list[int | None]:
        """Which row of the statistics tells of each region; None = none until the next run."""
        if not self._told:  # a run is going on
            return [None] * len(self.area.occupancy)
        return collecting.same_regions(self.area, self.made)

    def array(self, name: str) -> bytes:
        """The raw bytes of one array.

        Raises:
            Refused: there is none of that name.
        """
        with self.lock:
            self.follow()
            if name in self._points:
                return self._points[name]
            arrays = collecting.of_map(self.area, self.stats, self._known())
        if name not in arrays:
            raise Refused(404, f"no array {name[:40]!r}")
        return arrays[name]

    def clips(self, number: int) -> list[Row]:
        """Typical visits to a region: first and last frame of what is shown of each.

        Raises:
            Refused: there is no such region.
        """
        with self.lock:
            self.follow()
            area, version = self.area, self.version
            if not 0 < number <= len(area.occupancy):
                raise Refused(404, f"no region {number}; reload the page")
            if self._visits is None or self._visits[0] != version:
                placed = (regions.assign(Behavior.read(p), area) for p in self.behaviors.values())
                self._visits = version, collecting.chosen_clips(placed, area)
            chosen = self._visits[1].get(number, [])
        return [
            {"recording": v.recording} | self._frames(v.recording, v.start, v.stop) for v in chosen
        ]

    def _frames(self, recording: str, start: int, stop: int) -> Row:
        """Rows of a recording as frames of its video, both included."""
        first = self._first[recording]
        return {"first": first + start, "last": first + stop - 1}

    def clip(self, recording: str, first: int, last: int) -> bytes:
        """A movie of some frames, the last one included.

        Raises:
            Refused: there are no such frames, too many, or no poses.
        """
        start, stop = self._rows(recording, first, last)
        asked = (recording, start, stop)
        with self.lock:
            if asked not in self._movies:
                sure, fps = self.settings.poses.doubt, self.settings.figures.movie_fps
                self._movies[asked] = collecting.clip(*asked, self._load, sure, fps)
            self._movies.move_to_end(asked)
            while len(self._movies) > _MOVIES:
                self._movies.popitem(last=False)
            return self._movies[asked]

    def _rows(self, recording: str, first: int, last: int) -> tuple[int, int]:
        if recording not in self._first:
            raise Refused(404, f"no recording {recording[:60]!r}")
        begin = self._first[recording]
        with hdf5.taken_apart(self.behaviors[recording], Behavior.FORMAT) as file:
            frames = len(file["region"])
        start, stop = first - begin, last - begin + 1
        if not 0 <= start < stop <= frames or stop - start > LONGEST_CLIP:
            raise Refused(404, f"{recording}: frames {first} to {last} are not there, or too many")
        return start, stop

    def frame(self, recording: str, number: int) -> Row:
        """One frame: its region, how far it is from the training rows, spectrum, and a clip around.

        Raises:
            Refused: there is no such frame.
        """
        row, _ = self._rows(recording, number, number)
        with hdf5.taken_apart(self.behaviors[recording], Behavior.FORMAT) as file:
            z, error, frames = file["z"][row], float(file["error"][row]), len(file["z"])
            fps = float(file.attrs["fps"])
        region = -1
        with self.lock:
            self.follow()
            if np.isfinite(z).all():
                region = int(regions.region_at(self.area.labels, z[None])[0])
        start, stop = collecting.around(row, frames, fps if known_fps(fps) else 100.0)
        return {
            "frame": number,
            "region": region,
            "error": error if np.isfinite(error) else None,
            "spectrum": self._spectrum(recording, row),
            "clip": self._frames(recording, start, stop),
        }

    def _spectrum(self, recording: str, row: int) -> list[list[float | None]] | None:
        """(channel, frequency) amplitudes as rows of the map have them; None = no longer known."""
        path = self.results / "behavior" / "channels" / f"{recording}.h5"
        if not path.exists():  # removed to make room
            return None
        embedding = self.embedding
        with hdf5.taken_apart(path, Channels.FORMAT) as file:
            fps, dataset = float(file.attrs["fps"]), file["x"]
            reach = wavelets.half_width(np.array(embedding.frequencies), fps, embedding.omega0)
            start = max(0, row - reach)
            x = dataset[start : row + reach + 1]
        if x.shape[1] != len(embedding.channels):
            return None
        found = wavelets.morlet_amplitudes(
            x, fps, np.array(embedding.frequencies), embedding.omega0
        )
        level = found[row - start].copy()
        level[np.isin(embedding.channels, embedding.dropped)] = 0
        level = wavelets.normalize_rows(level.reshape(1, -1)).reshape(level.shape)
        return [[round(float(v), 7) for v in channel] for channel in level]

    # ----- writing

    def edit(self, body: Row) -> dict[str, Any]:
        """Add an edit at the end of the file; returns the new head.

        Raises:
            Refused: the page has not seen all edits, or the disk refuses.
            UserError: it is no edit, or cannot be carried out.
        """
        with self.lock:
            if (id := edit_id(body)) in self._done:
                return self.head()
            self._check(body)
            edit = region_edits.parsed(self._cells(body), "this edit")
            area = self._edited([*self.edits, edit])
            self._write(region_edits.added(self._text, edit))
            self.edits, self.area = [*self.edits, edit], area
            return self._remember(id)

    def undo(self, body: Row) -> dict[str, Any]:
        """Take the last edit of this map back; returns the new head.

        Raises:
            Refused: as :meth:`edit`, or there is none.
        """
        with self.lock:
            if (id := edit_id(body)) in self._done:
                return self.head()
            self._check(body)
            if not self.edits:
                raise Refused(404, "nothing to undo")
            area = self._edited(self.edits[:-1])
            self._write(region_edits.without_last(self._text, self.made.key))
            self.edits, self.area = self.edits[:-1], area
            return self._remember(id)

    def _check(self, body: Row) -> None:
        """Refuse what was done without having seen all edits."""
        self.follow()
        if self.problem:
            raise Refused(409, self.problem, **self.head())
        if body.get("version") != self.version:
            raise Refused(409, "the regions were edited meanwhile; look again", **self.head())

    def _cells(self, body: Row) -> list[str]:
        action, line = body.get("action"), body.get("line")
        cells = [self.made.key, action, body.get("region"), body.get("other")]
        cells += line if isinstance(line, list) and len(line) == 4 else [None] * 4
        cells += [body.get("name") if action == "name" else None, " ".join(person(body).split())]
        return [cell(value, 4, "this edit") for value in cells]

    def _write(self, text: str) -> None:
        path = Path(os.path.realpath(self.path))  # a link goes on to lead to its file
        with shared_file.alone(path.parent):
            if shared_file.signature(self.path) != self._signature:
                raise Refused(409, f"{self.path} was changed by another program; look again")
            shared_file.write(path, text)
            self._signature = shared_file.signature(self.path)
        self._text = text

    def _remember(self, id: str) -> dict[str, Any]:
        self._done[id] = None
        while len(self._done) > _REMEMBERED:
            self._done.popitem(last=False)
        return self.head()
