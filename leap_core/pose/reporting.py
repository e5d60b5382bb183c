"""An evaluation as text."""

from __future__ import annotations

from typing import Any

# column -> its key, and how its values read
COLUMNS = {
    "mean": ("mean_px", "{:.2f}"),
    "median": ("median_px", "{:.2f}"),
    "rmse": ("rmse_px", "{:.2f}"),
    "p75": ("p75_px", "{:.2f}"),
    "p90": ("p90_px", "{:.2f}"),
    "p95": ("p95_px", "{:.2f}"),
    "<2.5px": ("within_2.5px", "{:.1%}"),
    "<3%": ("within_3pct_body", "{:.1%}"),
}


def format_metrics(metrics: dict[str, Any]) -> str:
    """Table of errors in px by set of parts and by part, then intervals and confidences.

    Args:
        metrics: of :func:`leap_core.pose.prediction.evaluate`.
    """
    # a group and a part may share a name
    rows = [("overall", metrics["overall"]), *metrics["groups"].items(), *metrics["parts"].items()]
    width = max(len(name) for name, _ in rows)
    lines = [f"{'part':{width}s} {'n':>5s}" + "".join(f"{name:>8s}" for name in COLUMNS)]
    for name, row in rows:
        cells = ("-" if row[k] is None else text.format(row[k]) for k, text in COLUMNS.values())
        lines.append(f"{name:{width}s} {row['n']:5d}" + "".join(f"{cell:>8s}" for cell in cells))
    found = metrics["overall"]["interval"]
    named = {key: (name, text) for name, (key, text) in COLUMNS.items()}
    spans = [
        f"{named[key][0]} " + " to ".join(named[key][1].format(v) for v in span)
        for key, span in found.items()
        if span
    ]
    size = f"{metrics['samples']} images"
    lines.append(f"overall, 95 % interval over {size}: {', '.join(spans) or 'too few images'}")
    lines += [format_wanted(row) for row in metrics["confidence"]["wanted"]]
    if division := metrics.get("division"):
        lines.append(f"split: {division['note']}")
    return "\n".join(lines)


def format_wanted(row: dict[str, Any]) -> str:
    """The lowest confidence for one wanted precision, in words.

    >>> format_wanted({"wanted": 0.95, "threshold": 0.31, "kept": 0.876})
    '95 % of kept labels within 2.5 px: confidence 0.31 or more, keeps 87.6 %'
    >>> format_wanted({"wanted": 0.99, "threshold": None})
    '99 % of kept labels within 2.5 px: no confidence reaches it'
    """
    head = f"{100 * row['wanted']:g} % of kept labels within 2.5 px"
    if row["threshold"] is None:
        return f"{head}: no confidence reaches it"
    return f"{head}: confidence {row['threshold']:.2f} or more, keeps {100 * row['kept']:.1f} %"
