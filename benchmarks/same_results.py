"""Whether two runs of one config gave the same results: every dataset, table and picture.

    .venv/bin/python benchmarks/same_results.py OLD/results/X NEW/results/X

For changes that must change no result, such as moved modules.  In HDF5 and JSON all but the record
of how the file came to be is compared, since that holds the hashes of the code; all other files
byte by byte.  Logs, records and the manifest are left out.  Exit status 1 where anything differs.
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import h5py

LEFT_OUT = {"logs", "provenance", "checkpoints", "manifest.json", "report.html"}
RECORD = "provenance"


def results(root: Path) -> set[str]:
    """Paths of the results below a folder."""
    files = (p.relative_to(root) for p in root.rglob("*") if p.is_file())
    return {p.as_posix() for p in files if p.parts[0] not in LEFT_OUT}


def content(path: Path) -> Any:
    """What of a file has to be the same."""
    if path.suffix == ".json":
        value = json.loads(path.read_text())
        return {k: v for k, v in value.items() if k != RECORD} if isinstance(value, dict) else value
    if path.suffix != ".h5":
        return hashlib.sha256(path.read_bytes()).hexdigest()
    found: dict[str, Any] = {}

    def visit(name: str, item: h5py.Group | h5py.Dataset) -> None:
        attributes = sorted((k, str(v)) for k, v in item.attrs.items() if k != RECORD)
        values = None
        if isinstance(item, h5py.Dataset):
            array = item[()]
            data = repr(array.tolist()) if item.dtype.hasobject else array.tobytes()
            values = (str(item.dtype), item.shape, data)
        found[name] = (attributes, values)

    with h5py.File(path) as file:
        visit("/", file)
        file.visititems(visit)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    options = parser.parse_args()
    old, new = results(options.old), results(options.new)
    both = sorted(old & new)
    other = [name for name in both if content(options.old / name) != content(options.new / name)]
    for name in sorted(old ^ new):
        print(f"only in the {'old' if name in old else 'new'} run: {name}")
    for name in other:
        print(f"differs: {name}")
    print(f"{len(both) - len(other)} of {len(both)} files hold the same")
    return 1 if other or not both or old ^ new else 0


if __name__ == "__main__":
    sys.exit(main())
