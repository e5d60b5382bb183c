"""Moments of a track in which two animals are too near for both to be what they are taken for."""

from __future__ import annotations

import numpy as np

from leap_core.preprocess.track_moments import APART_S, LONG_S, Animal, Moments, stretches

_COVERED = 0.5  # body widths between two middles: one lies on the other
_SMALL = 0.6  # of the usual area, beside another one


def _between(one: Animal, two: Animal) -> np.ndarray:
    return np.linalg.norm(one.center - two.center, axis=-1)


def meetings(one: Animal, two: Animal) -> Moments:
    """Nearer than a body's length, where names may be exchanged."""
    away = _between(one, two) / ((one.body + two.body) / 2)
    return _near(away, away < 1, one, f"animal {two.number} is {{:.1f}} body lengths away")


def on_top(one: Animal, two: Animal) -> Moments:
    """Middles so near that one lies on the other, or one body is taken for two."""
    away = _between(one, two) / ((one.wide + two.wide) / 2)
    text = f"its middle is {{:.1f}} body widths from that of animal {two.number}"
    return _near(away, away < _COVERED, one, text, one.frames(LONG_S))


def parts(one: Animal, two: Animal) -> Moments:
    """Beside another one and much smaller than alone: a wing, or a piece of the other."""
    near = _between(one, two) < (one.body + two.body) / 2
    small = np.ones(len(near))
    for animal in (one, two):
        if animal.valid.any():
            small = np.fmin(small, animal.area / np.nanmedian(animal.area))
    text = f"beside animal {two.number}, one of them {{:.2f}} times as large as usual"
    return _near(small, near & (small < _SMALL), one, text)


def _near(
    values: np.ndarray, mask: np.ndarray, animal: Animal, text: str, shortest: int = 1
) -> Moments:
    def said(first: int, stop: int) -> str:
        return text.format(np.nanmin(values[first:stop]))

    spans = stretches(mask, animal.frames(APART_S), shortest)
    return Moments(mask, np.where(mask, 1 - np.clip(values, 0, 1), 0.0), spans, said)
