"""The videos of a dataset whose tracks a person can mend."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from leap_core import sources
from leap_core.config import Config, Video
from leap_core.errors import UserError
from leap_core.io import atomic
from leap_core.io.frame_cache import Cache
from leap_core.web.incoming import Refused
from leap_core.web.proofread.accepted import beside
from leap_core.web.proofread.facts import Places
from leap_core.web.proofread.film import Film

LOADED = 3  # videos whose tracks and decoders are kept in memory


class Session:
    """What the page shows.

    Args:
        videos: ids of some of them; empty = all.
        labels: folder that holds the corrections instead of what the config names, which is what
            the workflow reads.

    Attributes:
        films: id -> video with a track.
        why: id -> why a video cannot be shown.

    Raises:
        UserError: no such video, or none has a track.
    """

    def __init__(
        self,
        settings: Config,
        config_path: Path,
        videos: Sequence[str] = (),
        labels: Path | None = None,
    ):
        self.settings, self.config_path, self.labels = settings, config_path, labels
        self.results = Path("results") / settings.dataset
        self.make = f"snakemake --cores all alignment --configfile {config_path}"
        self._cache = Cache()
        self._loaded: OrderedDict[str, Film] = OrderedDict()
        chosen = [settings.video(id) for id in videos] or settings.videos
        self.order = [video for video in chosen if video.poses is None]
        self.films: dict[str, Film] = {}
        self.why: dict[str, str] = {}
        self._check_tables()
        for video in self.order:
            self._open(video)
        if not self.films:
            why = next(iter(self.why.values()), "it names no video").partition(";")[0]
            raise UserError(f"{config_path}: no track to mend ({why}); make it with `{self.make}`")

    def _check_tables(self) -> None:
        """Refuse videos of which one's file would be written over by another's."""
        taken: dict[Path, str] = {}
        for video in self.order:
            table = self._table_of(video)
            for path in (table.resolve(), beside(table).resolve()):
                if path in taken:
                    raise UserError(
                        f"{path}: would hold corrections of both {taken[path]!r} and {video.id!r}; "
                        "name another file by `corrections` of one of these videos"
                    )
                taken[path] = video.id

    def _open(self, video: Video) -> None:
        track = self.results / "tracks" / "uncorrected" / f"{video.id}.h5"
        if not track.exists():
            self.why[video.id] = f"{track}: no track yet; make it with `{self.make}`"
            return
        audit = self.results / "audit" / f"{video.id}.json"
        film = sources.video_file(self.settings, video)
        places = Places(track, film, self._table_of(video), audit)
        if places.video is None:
            named = video.path or sources.file_name(video)
            self.why[video.id] = f"{named}: the video is not on this disk; set LEAP_DATA"
        size, bits = self.settings.crop.size, self.settings.bits
        try:
            self.films[video.id] = Film(video.id, places, size, bits, self._cache)
        except UserError as error:
            self.why[video.id] = str(error)

    def _table_of(self, video: Video) -> Path:
        if self.labels is not None:
            return self.labels / "corrections" / f"{video.id}.csv"
        return sources.corrections(self.settings, video)

    @property
    def loaded(self) -> set[str]:
        """Videos that somebody looks at."""
        return set(self._loaded)

    def film(self, id: str) -> Film:
        """A video; those that were not asked for the longest let go of their memory.

        Raises:
            Refused: no such video, or it has no track.
        """
        if id not in self.films:
            raise Refused(404, self.why.get(id, f"no video {id[:80]!r} here; reload the page"))
        self._loaded[id] = self.films[id]
        self._loaded.move_to_end(id)
        while len(self._loaded) > LOADED:
            self._loaded.popitem(last=False)[1].release()
        return self.films[id]

    def state(self) -> dict[str, Any]:
        """What the page shows first."""
        place = hashlib.sha256(str(self.results.resolve()).encode()).hexdigest()
        return {
            "dataset": self.settings.dataset,
            "space": f"{self.settings.dataset}.{place[:12]}",
            "writable": self.writable(),
            "videos": [self._row(video) for video in self.order],
            "next": self.make,
        }

    def writable(self) -> bool:
        """Whether corrections can be written."""
        try:
            atomic.check_writable({film.table.path.resolve() for film in self.films.values()})
        except UserError:
            return False
        return True

    def _row(self, video: Video) -> dict[str, Any]:
        why = self.why.get(video.id, "")
        row: dict[str, Any] = {"id": video.id, "here": not why, "why": why}
        row |= {"corrections": str(self._table_of(video)), "crop_size": self.settings.crop.size}
        film = self.films.get(video.id)
        if film is None:
            nothing = {"frames": 0, "width": 0, "height": 0, "fps": None, "animals": video.animals}
            return row | nothing | {"corrected": 0, "left": None, "problem": ""}
        film.follow()
        facts = film.facts
        return row | {
            "frames": facts.frames,
            "width": facts.width,
            "height": facts.height,
            "fps": facts.fps if facts.fps == facts.fps else None,
            "animals": facts.animals,
            "corrected": len(film.table.items),
            "left": film.left(),
            "problem": film.table.problem,
        }

    def close(self) -> None:
        """Let go of all files."""
        for film in self.films.values():
            film.release()
