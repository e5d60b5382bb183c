#!/bin/bash
# pandas 3.1.1 (2.3.3 does the same): a table with several header rows that to_csv writes loses its
# first row in read_csv, where that row has no number.
#
# Expected: to_csv and read_csv (`header` a list of rows, `index_col`) are documented as the way to
# write and read columns of several levels (user guide, IO tools). No page names a row of the data
# that is left out; an index without names has no row of names in the file.
#
# Seen: a first row whose cells are all empty, but for those of the index, is taken for the names
# of the index. The table comes back one row shorter, without a word, its index named by that row
# (pandas#21995, open since 2018). Without `index_col` every row comes back. So programs that read
# DeepLabCut's tables as its own code does (`header=[0, 1, 2]`, `index_col=0` or `[0, 1, 2]`) lose
# frame 0 where no animal is there yet, or the first image where nothing was placed; where rows are
# then counted by their place, all other frames are shifted by one.
#
# What the pipeline does: it reads such tables line by line; those that it writes have likelihood 0
# where a part is not there, never an empty row, and no row for an image without a placed part.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet pandas==3.1.1 numpy==2.4.6

cat > case.py <<'PYTHON'
import sys

import numpy as np
import pandas as pd

print("pandas", pd.__version__)
columns = pd.MultiIndex.from_product(
    [["me"], ["head", "tail"], ["x", "y"]], names=["scorer", "bodyparts", "coords"]
)
images = pd.MultiIndex.from_product([["labeled-data"], ["film"], ["a.png", "b.png", "c.png"]])
kept = {}
for name, index, column in (("frames", pd.RangeIndex(3), 0), ("images", images, [0, 1, 2])):
    for gone in (0, 1):
        values = np.arange(12.0).reshape(3, 4)
        values[gone] = np.nan
        table = pd.DataFrame(values, index=index, columns=columns)
        table.to_csv("table.csv")
        seen = pd.read_csv("table.csv", header=[0, 1, 2], index_col=column)
        lines = len(open("table.csv").readlines()) - 3
        print(
            f"rows named by {name}, row {gone} empty: expected 3 rows ({lines} lines in the file), "
            f"seen {len(seen)}, index named {list(seen.index.names)}"
        )
        kept[name, gone] = len(seen)
        assert len(pd.read_csv("table.csv", header=[0, 1, 2])) == 3
expected = {(name, gone): 2 + gone for name in ("frames", "images") for gone in (0, 1)}
if kept != expected:
    print("CHANGED: an empty first row is no longer lost, or another one is")
    sys.exit(1)
print("as described: an empty first row below several headers is lost")
PYTHON
env/bin/python case.py
