"""Drawing the mouse from below: dark fur, a dim belly, bright skin where it is near the glass.

Light falls off with the height above the glass, so that paws light up as they land and a head fades
as the mouse stands up.  What is high is out of focus.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from leap_core.synthetic.mouse import anatomy
from leap_core.synthetic.mouse.anatomy import LEGS, NECK, SPINE, Mouse
from leap_core.synthetic.mouse.glass import Arena

_FUR = 2.5  # grey level of fur that is not lit
_FADES = 22.0  # mm of height over which light falls to 1/e
_BITS = 4
_MARGIN = 9.0  # mm around the mouse
_GRAIN = 1.6  # mm, of the body's picture
_SHARP, _SOFT = 0.4, 1.4  # mm, blur of what is on the glass, and above
# how light the belly is along the spine, relative to the middle
_BELLY_AT = np.array([0.0, 0.06, 0.2, 0.4, 0.6, 0.7, 0.8, 0.9, 1.0])
_BELLY = np.array([1.7, 1.5, 1.0, 0.9, 1.1, 0.9, 1.1, 1.6, 2.2])
_RUMP = 1.6  # mm, half width of the body where the tail begins
_SIDELONG = 0.45  # how much lighter the flank towards the lamp is


@dataclass(frozen=True)
class Look:
    """How one mouse looks.

    Attributes:
        mouse: its measures and grey levels.
        fur: (along, across) relative brightness of the fur, 1 on average.
        tufts: the same size, how far the outline stands off.
    """

    mouse: Mouse
    fur: np.ndarray
    tufts: np.ndarray


@dataclass(frozen=True)
class Pose:
    """The mouse in one frame, mm from the middle of the arena.

    Attributes:
        spine: (point, xyz); yaw: (point,) rad.
        tail: (point, xy).
        joints: (leg, 3, xy); lifted: (leg,) mm, height of the paw; feet: (leg,) rad.
    """

    spine: np.ndarray
    yaw: np.ndarray
    tail: np.ndarray
    joints: np.ndarray
    lifted: np.ndarray
    feet: np.ndarray


def groom(mouse: Mouse, rng: np.random.Generator) -> Look:
    """The fur of one mouse."""
    rough = rng.normal(0, 1, (2, 160, 48)).astype(np.float32)
    fur, tufts = (cv2.GaussianBlur(layer, (0, 0), 1.6, sigmaY=4.0) for layer in rough)
    return Look(mouse, 1 + 0.17 * fur / fur.std(), tufts / tufts.std())


def paint(picture: np.ndarray, pose: Pose, look: Look, arena: Arena) -> None:
    """Draw the mouse into a picture (y, x) float32 of the empty arena, in place."""
    every = np.concatenate([pose.spine[:, :2], pose.tail, pose.joints.reshape(-1, 2)])
    spread = np.array([anatomy.BODY * 0.2, anatomy.BODY * 0.2])
    low, high = every.min(0) - spread - _MARGIN, every.max(0) + spread + _MARGIN
    corner = np.maximum(np.floor(arena.pixels(low)), 0).astype(int)
    end = np.minimum(np.ceil(arena.pixels(high)), len(picture)).astype(int)
    view = picture[corner[1] : end[1], corner[0] : end[0]]
    if not view.size:
        return
    brush = _Brush(arena, corner, view.shape, arena.light(pose.spine[12, :2]))
    _mirror(view, pose, arena, corner)
    soft, sharp = brush.sheet(), brush.sheet()
    _ears(soft, pose, look.mouse)
    soft.onto(view, _SOFT)
    _body(view, pose, look, brush)
    soft = brush.sheet()
    _limbs(soft, sharp, pose, look.mouse)
    _head(soft, sharp, pose, look.mouse)
    _tail(sharp, pose, look.mouse)
    soft.onto(view, _SOFT)
    sharp.onto(view, _SHARP)


@dataclass(frozen=True)
class _Brush:
    """Where in the picture is drawn, and in which light."""

    arena: Arena
    corner: np.ndarray
    shape: tuple[int, ...]
    light: float

    def pixels(self, places: np.ndarray) -> np.ndarray:
        return self.arena.pixels(places) - self.corner

    def sheet(self) -> _Sheet:
        return _Sheet(self, np.zeros((*self.shape, 2), np.uint8))


@dataclass(frozen=True)
class _Sheet:
    """Things at one height: (y, x, 2), their grey levels and what they cover, 0 to 255."""

    brush: _Brush
    layer: np.ndarray

    def fill(self, outline: np.ndarray, tone: float) -> None:
        """A convex shape, (point, xy) px of the view."""
        points = (outline * (1 << _BITS) + 0.5).astype(np.int32)
        level = min(max(tone * self.brush.light, 0.0), 255.0)
        cv2.fillConvexPoly(self.layer, points, (level, 255.0), cv2.LINE_AA, _BITS)

    def ribbon(self, line: np.ndarray, widths: np.ndarray, tones: np.ndarray) -> None:
        """A line (point, xy) with half widths, mm, and grey levels (point,), round at its ends."""
        places, reach = self.brush.pixels(line), widths * self.brush.arena.scale
        pieces = places[1:] - places[:-1]
        along = np.concatenate([pieces[:1], pieces[1:] + pieces[:-1], pieces[-1:]])
        along /= np.maximum(np.hypot(*along.T)[:, None], 1e-6)
        across = along[:, ::-1] * (-1, 1) * reach[:, None]
        sides = np.stack([places + across, places - across], 1)
        quads = np.concatenate([sides[:-1], sides[1:, ::-1]], 1)
        for quad, tone in zip(quads, (tones[1:] + tones[:-1]) / 2, strict=True):
            self.fill(quad, float(tone))
        for k in (0, -1):
            self.fill(places[k] + reach[k] * _ROUND, float(tones[k]))

    def disc(self, place: np.ndarray, radius: float, tone: float) -> None:
        """A round spot, mm."""
        self.fill(self.brush.pixels(place + radius * _ROUND), tone)

    def onto(self, view: np.ndarray, blur: float) -> None:
        """Lay it over a view, out of focus by ``blur`` mm."""
        # grey is 0 where nothing is covered, so that blurring dims both alike
        layer: np.ndarray = cv2.GaussianBlur(
            self.layer.astype(np.float32), (0, 0), blur * self.brush.arena.scale
        )
        view *= 1 - layer[..., 1] / 255
        view += layer[..., 0]


_ROUND = np.stack([np.cos(np.arange(12) * np.pi / 6), np.sin(np.arange(12) * np.pi / 6)], -1)


def _mirror(view: np.ndarray, pose: Pose, arena: Arena, corner: np.ndarray) -> None:
    """The rim lights up where the mouse is near."""
    head = pose.spine[NECK, :2]
    gap = anatomy.ARENA_MM - float(np.hypot(*head))
    if gap > 60:
        return
    y, x = np.mgrid[: view.shape[0], : view.shape[1]]
    place = arena.pixels(head) - corner
    near = np.exp(-((x - place[0]) ** 2 + (y - place[1]) ** 2) / (2 * (22 * arena.scale) ** 2))
    rim = arena.rim[corner[1] : corner[1] + view.shape[0], corner[0] : corner[0] + view.shape[1]]
    view += (0.25 * (1 - gap / 60) * near * rim).astype(np.float32)


def _body(view: np.ndarray, pose: Pose, look: Look, brush: _Brush) -> None:
    """Fur and belly: each pixel belongs to the point of the spine it is nearest to, by width.

    Lower points hide higher ones.
    """
    mouse, scale = look.mouse, brush.arena.scale
    flat, height = pose.spine[:, :2], pose.spine[:, 2]
    wide = mouse.half_width * (1 + 0.25 * _crouch(pose))
    # the rump ends where the tail begins, however the mouse crouches
    wide = np.minimum(wide, np.hypot(*(flat - flat[0]).T) + _RUMP * mouse.scale)
    step = max(1, round(_GRAIN * scale))
    low = np.floor(brush.pixels((flat - 1.3 * wide[:, None]).min(0))).astype(int)
    high = np.ceil(brush.pixels((flat + 1.3 * wide[:, None]).max(0))).astype(int)
    low, high = np.maximum(low, 0), np.minimum(high, brush.shape[::-1])
    if (low >= high).any():
        return
    count = -(-(high - low) // step)
    xs = low[0] + (np.arange(count[0]) + 0.5) * step - 0.5
    ys = low[1] + (np.arange(count[1]) + 0.5) * step - 0.5
    points = brush.pixels(flat)
    off_x = (xs[:, None] - points[:, 0]) / scale
    off_y = (ys[:, None] - points[:, 1]) / scale
    away = np.sqrt(off_y[:, None] ** 2 + off_x[None] ** 2) / wide
    nearest = np.argmin(away + height / 60, -1)
    rows, columns = np.indices(nearest.shape)
    own = away[rows, columns, nearest]
    off = np.stack([off_x[columns, nearest], off_y[rows, nearest]], -1) / wide[nearest][..., None]
    across = off[..., 1] * np.cos(pose.yaw[nearest]) - off[..., 0] * np.sin(pose.yaw[nearest])
    along = SPINE[nearest]
    grain = (along * (look.fur.shape[0] - 1)).astype(int)
    side = ((np.clip(across, -1.2, 1.2) / 2.4 + 0.5) * (look.fur.shape[1] - 1)).astype(int)
    edge = away.min(-1) * (1 + 0.035 * look.tufts[grain, side])
    lit = 1 - _smooth((own - 0.4) / 0.62)
    peak = mouse.belly * np.interp(along, _BELLY_AT, _BELLY) * np.exp(-height[nearest] / _FADES)
    peak = peak * (1 + _SIDELONG * (off @ brush.arena.lamp)) * look.fur[grain, side] * brush.light
    grey = (_FUR + np.maximum(peak - _FUR, 0) * lit).astype(np.float32)
    cover = (1 - _smooth((edge - 0.9) / 0.2)).astype(np.float32)
    part = view[low[1] : high[1], low[0] : high[0]]
    whole, size = (count * step).tolist(), np.s_[: part.shape[0], : part.shape[1]]
    shade = cv2.resize(grey, whole, interpolation=cv2.INTER_LINEAR)[size]
    part += cv2.resize(cover, whole, interpolation=cv2.INTER_LINEAR)[size] * (shade - part)


def _crouch(pose: Pose) -> np.ndarray:
    """How much shorter each part of the trunk looks than when it is stretched, 0 to 1.

    What a crouching or rearing mouse loses in length its belly gains in width.
    """
    pieces = np.linalg.norm(np.diff(pose.spine[:, :2], axis=0), axis=1)
    full = anatomy.BODY / (len(SPINE) - 1)
    short = np.clip(1 - pieces / full, 0, 1)
    short = np.convolve(np.pad(short, (3, 4), "edge"), np.ones(7) / 7, "valid")
    short[SPINE > 0.62] *= 0.3
    return short[: len(SPINE)]


def _smooth(x: np.ndarray) -> np.ndarray:
    x = np.clip(x, 0, 1)
    return x * x * (3 - 2 * x)


def _at(pose: Pose, point: int, ahead: float, aside: float) -> np.ndarray:
    """A place beside the spine, mm: ahead of a point of it and to its left."""
    return pose.spine[point, :2] + anatomy.turned(np.array([ahead, aside]), pose.yaw[point])


def _faded(tone: float, height: float, over: float = _FADES) -> float:
    return tone * float(np.exp(-max(height, 0.0) / over))


def _ears(sheet: _Sheet, pose: Pose, mouse: Mouse) -> None:
    point = NECK + 2
    lean = 10 * (pose.yaw[-1] - pose.yaw[point - 4])
    for side in (-1, 1):
        aside = side * 9.5 - np.clip(lean, -3, 3)
        tone = _faded(0.33 * mouse.skin, pose.spine[point, 2], 30.0)
        sheet.disc(_at(pose, point, -1.0, aside * mouse.scale), 4.4 * mouse.scale, tone)


def _limbs(soft: _Sheet, sharp: _Sheet, pose: Pose, mouse: Mouse) -> None:
    for k, leg in enumerate(LEGS):
        base, joint, paw = pose.joints[k]
        up = float(pose.lifted[k])
        hind = leg[1] == "H"
        thick = np.array([4.2, 2.4, 1.6] if hind else [2.8, 2.2, 1.5]) * mouse.scale
        lower = _faded(0.3 * mouse.skin, up)
        tones = np.array([1.5 * mouse.belly, lower, lower])
        soft.ribbon(np.stack([base, joint, paw]), thick, tones)
        sheet = sharp if up < 2.5 else soft
        _paw(sheet, paw, joint, float(pose.feet[k]), _faded(mouse.skin, 1.3 * up), hind, mouse)


def _paw(
    sheet: _Sheet,
    paw: np.ndarray,
    joint: np.ndarray,
    direction: float,
    tone: float,
    hind: bool,
    mouse: Mouse,
) -> None:
    """Sole and toes; ``joint`` is the heel of a hind paw."""
    size = mouse.scale
    if hind:
        sole = np.linspace(0, 1, 3)[:, None] * (paw - joint) + joint
        sheet.ribbon(sole, np.array([1.0, 1.3, 1.7]) * size, tone * np.array([0.5, 0.65, 0.8]))
    else:
        sheet.disc(paw, 1.7 * size, 0.75 * tone)
    toes, long = (5, 4.6) if hind else (4, 3.6)
    for fan in np.linspace(-0.85, 0.85, toes):
        angle = direction + fan
        far = long * size * (1 - 0.25 * abs(fan))
        way = np.array([np.cos(angle), np.sin(angle)])
        line = paw + np.outer([1.0 * size, far], way)
        sheet.ribbon(line, np.array([0.5, 0.4]) * size, np.full(2, 1.15 * tone))


def _head(soft: _Sheet, sharp: _Sheet, pose: Pose, mouse: Mouse) -> None:
    """Lips and nose, and the skin around the tail's base."""
    tip = pose.spine[-1, 2]
    soft.ribbon(
        pose.spine[-5:-1, :2],
        np.array([2.6, 2.4, 2.2, 1.7]) * mouse.scale,
        np.array([_faded(0.28 * mouse.skin, z) for z in pose.spine[-5:-1, 2]]),
    )
    sheet = sharp if tip < 6 else soft
    tone = _faded(0.72 * mouse.skin, tip, 15.0)
    sheet.ribbon(pose.spine[-3:, :2], np.array([1.2, 1.6, 1.3]) * mouse.scale, np.full(3, tone))
    for ahead, size, share in ((4.5, 1.6, 0.3), (8.5, 1.2, 0.36)):
        soft.disc(_at(pose, 0, ahead * mouse.scale, 0.0), size * mouse.scale, share * mouse.skin)


def _tail(sheet: _Sheet, pose: Pose, mouse: Mouse) -> None:
    share = np.linspace(0, 1, len(pose.tail))
    widths = np.interp(share, [0, 0.1, 0.5, 1], [1.9, 1.7, 1.2, 0.55]) * mouse.scale
    tones = mouse.skin * np.interp(share, [0, 0.08, 0.3, 1], [0.4, 0.62, 0.66, 0.5])
    sheet.ribbon(pose.tail, widths, tones)
