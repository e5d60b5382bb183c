"""A picture of the labeling page, as the paper's Figure 1b: docs/images/labeling.png.

    .venv/bin/python benchmarks/labeling_page.py [results]

The page as it is after ten labeled frames of the demo and a training: in the frame that is shown
some estimates have been corrected, the others wait to be accepted.  Needs what
benchmarks/scripted_person.py needs.
"""

import os
import sys
import tempfile
from pathlib import Path

import scripted_person as demo

PICTURE = demo.ROOT / "docs" / "images" / "labeling.png"
LABELED, CORRECTED, LEFT = 10, 3, 1  # frames; parts of the next one that has so much to correct


def main() -> None:
    results = Path(sys.argv[1]) if len(sys.argv) > 1 else demo.ROOT / "results" / demo.DEMO
    os.environ["PYTHONPATH"] = str(demo.ROOT)
    look = {"device_scale_factor": 2, "color_scheme": "light"}
    with tempfile.TemporaryDirectory() as temporary:
        with demo.opened(demo.demo(Path(temporary), results), **look) as (page, person, _):
            demo.label(person, [LABELED], more=2)
            while len(person.wrong(person.shown())) < CORRECTED + LEFT:
                person.label()
            person.label(leave=LEFT)
            person.saved()
            page.mouse.move(0, 0)
            page.screenshot(path=PICTURE)
    print(f"{PICTURE}: {PICTURE.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
