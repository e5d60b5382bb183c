"""The outlines of the simulated fly: how much light its body and wings hold back.

Every layer is an absorption between 0 (clear) and 1 (opaque) on a grid of ``OVER`` pixels per
pixel of the reference fly, in the body frame, origin in the middle.  A thickness times a
coefficient gives an optical depth; depths of what lies on top of each other add up.  Sizes were
chosen by eye and by the profiles of published images of real flies; no pixel of them is used.
"""

from __future__ import annotations

import cv2
import numpy as np

from leap_core.synthetic import anatomy
from leap_core.synthetic.anatomy import Fly

OVER = 2  # layer pixels per pixel of the reference fly
HALF_WINDOW = 112  # half the window that holds the fly, px
SIDE = 2 * HALF_WINDOW
CENTER = (OVER * SIDE - 1) / 2  # layer pixel of the body's origin
_BITS = 6  # fractions of a pixel in drawing
_BODY_DEPTH = 3.8  # optical depth of the thickest place

# one wing as its hinge's neighbour would draw it: px from the hinge to the tip, px to the front
_OUTLINE = (
    *((0, 2), (8, 5.0), (18, 8.6), (30, 12), (42, 14.8), (55, 16.9), (66, 17.0), (76, 14.9)),
    *((84.5, 11), (90.5, 5.7), (93, 0), (92.2, -5), (89, -10), (83.5, -14.6), (76, -18.2)),
    *((66, -20.2), (55, -19.8), (44, -17), (33, -13.4), (24, -10.8), (17, -9.8), (10, -7.6)),
    *((4, -4), (0, -2)),
)
_COSTA = 13  # the first so many points of the outline carry the strong front vein
_VEINS = (
    ((2, 1.5), (15, 4.6), (30, 8.6), (42, 12.4), (52, 16.0)),
    ((12, 2.0), (30, 6.2), (50, 10.0), (66, 11.8), (82, 12.2)),
    ((12, 1.0), (30, 3.0), (50, 4.6), (70, 4.6), (91.4, 3.4)),
    ((8, -1.0), (28, -1.2), (45, -2.8), (60, -5.0), (75, -5.6), (91.4, -4.6)),
    ((8, -2.0), (25, -5.0), (42, -9.8), (56, -15.6), (65, -20.0)),
    ((45, 4.3), (46, -2.9)),
    ((60, -5.0), (55, -15.0)),
)
_VEIN_DEPTH = (0.24, 0.21, 0.24, 0.24, 0.19, 0.12, 0.12)
# thin hairs of body and head: from, to
_BRISTLES: tuple[tuple[float, float, float, float], ...] = (
    *((22, 15.5, 29, 21), (13, 17.5, 17, 24), (3, 17, -2, 22.5), (27, 10.5, 34, 15.5)),
    *((-20, 14, -25, 18), (-34, 12.5, -40, 16), (-44, 8, -50, 11), (42, 12.5, 45.5, 17.5)),
)


def body(fly: Fly) -> dict[str, np.ndarray]:
    """The opaque parts and the two wings of one fly.

    Returns:
        ``head``, ``thorax``, ``abdomen``, ``wingL``, ``wingR`` -> (y, x) uint8, 255 = opaque.
        A fly has always the same layers; another differs in build, veins and clarity of wings.
    """
    numbers = [fly.scale, fly.brightness, fly.floor, *fly.wing_spread]
    rng = np.random.default_rng(np.frombuffer(np.array(numbers, float).tobytes(), np.uint32))
    plump, broad = 1 + 0.035 * rng.normal(), 1 + 0.02 * rng.normal()
    depths = {
        "head": _head(rng) * _grain(rng),
        "thorax": _thorax(broad, rng) * _grain(rng),
        "abdomen": _abdomen(plump, rng) * _grain(rng),
    }
    clarity = 0.335 + 0.025 * rng.normal()
    bold, bend = 1 + 0.15 * rng.normal(), rng.normal(0, 0.35, (2, len(_VEINS)))
    for k, (name, sign) in enumerate((("wingL", -1.0), ("wingR", 1.0))):
        depths[name] = _wing(sign, clarity, max(bold, 0.5), bend[k], rng)
    return {name: _absorption(depth) for name, depth in depths.items()}


def _absorption(depth: np.ndarray) -> np.ndarray:
    return np.rint(255 * (1 - np.exp(-depth))).astype(np.uint8)


def _grid() -> tuple[np.ndarray, np.ndarray]:
    axis = (np.arange(OVER * SIDE, dtype=np.float32) - CENTER) / OVER
    return np.meshgrid(axis, axis)


def _solid(center, semi, power: float = 2.0, taper: float = 0.0) -> np.ndarray:
    """Thickness 0..1 of a rounded body with a superellipse for its outline.

    ``taper`` narrows the end towards +x (or, negative, towards -x) by this share.
    """
    x, y = _grid()
    u = (x - center[0]) / semi[0]
    v = (y - center[1]) / (semi[1] * (1 - taper * np.clip(u * np.sign(taper), 0, 1)))
    return np.sqrt(np.clip(1 - np.abs(u) ** power - np.abs(v) ** power, 0, None))


def _strokes(lines, widths, blur: float = 0.8) -> np.ndarray:
    """Thin soft lines 0..1 from points in the body frame; widths in px."""
    canvas = np.zeros((OVER * SIDE, OVER * SIDE), np.uint8)
    for points, width in zip(lines, widths, strict=True):
        fixed = np.rint((np.asarray(points) * OVER + CENTER) * (1 << _BITS)).astype(np.int32)
        thick = max(1, round(width * OVER))
        cv2.polylines(canvas, [fixed], False, 255, thick, cv2.LINE_AA, _BITS)
    return cv2.GaussianBlur(canvas, (0, 0), blur * OVER / 2).astype(np.float32) / 255


def _grain(rng: np.random.Generator) -> np.ndarray:
    """What lies inside a body: unevenness around 1, coarse and fine."""
    side = OVER * SIDE
    out = np.ones((side, side), np.float32)
    for pixels, amount in ((side // 16, 0.07), (side // 4, 0.06)):
        field = rng.normal(0, amount, (pixels, pixels)).astype(np.float32)
        out += cv2.resize(field, (side, side), interpolation=cv2.INTER_CUBIC)
    return np.clip(out, 0.6, 1.4)


def _bristles(keep: slice, rng: np.random.Generator) -> np.ndarray:
    lines = []
    for x0, y0, x1, y1 in _BRISTLES[keep]:
        for sign in (-1, 1):
            dx, dy = rng.normal(0, 1.2, 2)
            lines.append([(x0, sign * y0), (x1 + dx, sign * (y1 + dy))])
    return 0.22 * _strokes(lines, [0.5] * len(lines))


def _head(rng: np.random.Generator) -> np.ndarray:
    front, eye = anatomy.HEAD[0], anatomy.EYE
    # a hammer: wide between the eyes, short, flat in front
    skull = _solid((front - 9.4, 0), (9.1, eye[1] - 0.5), 3.0)
    out = np.maximum(skull, 0.9 * _solid((front - 3.5, 0), (4.0, 8.0), 2.5))
    antennae, aristae = [], []
    for sign in (-1, 1):
        eyeball = _solid((eye[0] - 1.2, sign * (eye[1] - 6.3)), (8.2, 7.6), 2.7)
        out = np.maximum(out, eyeball)
        base, tip = (front - 1.5, sign * 4.2), (front + 6.2, sign * (7.2 + rng.normal(0, 0.5)))
        antennae.append([base, tip])
        mid = (front + 8.5, sign * 9.5)
        aristae.append([tip, mid, (front + 11.0, sign * (14.0 + rng.normal(0, 1.0)))])
    depth = _BODY_DEPTH * out
    x, y = _grid()
    for (x0, y0), (x1, y1) in antennae:
        along = ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / ((x1 - x0) ** 2 + (y1 - y0) ** 2)
        t = np.clip(along, 0, 1)
        away = np.hypot(x - x0 - t * (x1 - x0), y - y0 - t * (y1 - y0))
        depth += 2.6 * np.exp(-((away / (3.2 - 2.4 * t)) ** 2)) * (1 - 0.55 * t)
    depth += 0.13 * _strokes(aristae, [0.8] * 2, 1.2)
    # the mouthparts show between the antennae
    depth += 0.35 * np.exp(-(((x - front - 1.5) / 2.0) ** 2) - (y / 2.0) ** 2)
    return depth + _bristles(slice(7, 8), rng)


def _thorax(broad: float, rng: np.random.Generator) -> np.ndarray:
    trunk = _solid((7.5, 0), (23.5, 17.2 * broad), 2.9, 0.10)
    neck = 1.3 * _solid((anatomy.NECK[0] - 1.0, 0), (7.0, 9.5), 2.5)
    depth = _BODY_DEPTH * np.maximum(trunk, neck)
    hinge = anatomy.WING_HINGE
    for sign in (-1, 1):
        depth += 0.8 * _solid((hinge[0] - 14, sign * 16.5), (13.0, 4.2), 2.0)  # hinge plates
        depth += 0.8 * _solid((-6.0, sign * 17.5), (2.6, 2.2), 2.0)  # halteres
        depth += 1.2 * _solid((22.0, sign * 13.0), (6.0, 4.0), 2.0)  # foreleg's base
        depth += 0.8 * _solid((9.0, sign * 17.0), (4.5, 3.6), 2.0)
    stalks = [[(-2.0, sign * 12.0), (-6.0, sign * 17.0)] for sign in (-1, 1)]
    return depth + 0.3 * _strokes(stalks, [1.2] * 2) + _bristles(slice(0, 4), rng)


def _abdomen(plump: float, rng: np.random.Generator) -> np.ndarray:
    tail = anatomy.ABDOMEN[0] - 2.0
    center = (tail + 8.0) / 2
    trunk = _solid((center, 0), (center - tail, 15.2 * plump), 2.2, -0.08)
    x, y = _grid()
    # plates overlap at the rings of the segments and hold back a little more
    contrast = 0.045 * rng.uniform(0.5, 1.5)
    ring = np.cos(2 * np.pi * (x + 0.006 * y**2) / 8.3 + rng.uniform(0, 6.3))
    depth = _BODY_DEPTH * trunk * (1 + contrast * ring)
    return depth + _bristles(slice(4, 7), rng)


def _spline(points) -> np.ndarray:
    """A smooth line through points (Catmull-Rom), 12 steps between two."""
    p = np.asarray(points, float)
    p = np.concatenate([2 * p[:1] - p[1:2], p, 2 * p[-1:] - p[-2:-1]])
    t = np.linspace(0, 1, 12, endpoint=False)[:, None]
    runs = [
        b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
        for a, b, c, d in zip(p[:-3], p[1:-2], p[2:-1], p[3:], strict=True)
    ]
    return np.concatenate([*runs, p[-2:-1]])


def _wing(sign: float, clear: float, bold: float, bend, rng: np.random.Generator) -> np.ndarray:
    """A blade with its veins, hinge to tip along -x; ``clear`` is the depth of the blade."""
    stretch = anatomy.WING_LENGTH / 93.0

    def placed(points) -> np.ndarray:
        u, v = np.asarray(points, float).T
        # with its vein and the blur of the lens it is to end at the tip that is reported
        x = anatomy.WING_HINGE[0] - (u * (1 - 0.5 / 93.0)) * stretch
        return np.stack([x, sign * (anatomy.WING_HINGE[1] + v)], -1)

    outline = placed(_spline(_OUTLINE))
    fixed = np.rint((outline * OVER + CENTER) * (1 << _BITS)).astype(np.int32)
    mask = np.zeros((OVER * SIDE, OVER * SIDE), np.uint8)
    cv2.fillPoly(mask, [fixed], 255, cv2.LINE_AA, _BITS)
    blade = cv2.GaussianBlur(mask, (0, 0), 0.6).astype(np.float32) / 255
    x, y = _grid()
    along = np.clip((anatomy.WING_HINGE[0] - x) / anatomy.WING_LENGTH, 0, 1)
    root = 1 + 1.5 * np.exp(-((along / 0.28) ** 2))
    corrugated = 1 + 0.05 * np.cos((y * sign - anatomy.WING_HINGE[1]) * (2 * np.pi / 7.0))
    depth = clear * blade * root * corrugated * (0.5 + 0.5 * _grain(rng))
    for vein, strength, off in zip(_VEINS, _VEIN_DEPTH, bend, strict=True):
        bent = np.array(vein, float)
        bent[1:-1, 1] += off
        depth += bold * strength * blade * _strokes([placed(_spline(bent))], [1.0], 1.0)
    front, back = placed(_spline(_OUTLINE[:_COSTA])), placed(_spline(_OUTLINE[_COSTA - 1 :]))
    depth += bold * 0.30 * _strokes([front], [1.0], 0.9)
    return depth + bold * 0.14 * _strokes([back], [0.8], 0.9)
