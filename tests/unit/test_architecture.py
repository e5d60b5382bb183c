"""The import graph: arrows go down from floor to floor, and nothing runs in a circle.

It is drawn from the text of the modules: imports inside functions, those for type checkers and
those of the packages' stubs (what their lazy faces give) count like all others.
"""

import ast
from graphlib import CycleError, TopologicalSorter

# A module may import its own room (a package, or itself where it has none) and any room on a
# floor below; rooms on one floor never import one another.
FLOORS = (
    {"errors", "environment", "geometry", "numerics", "sides", "stopping", "threads"},
    {"io", "timeseries"},
    {"config", "provenance", "skeleton"},
    {"containers", "job", "sources"},
    {"excerpts", "export", "formats", "reading"},
    # the stages: they meet in containers and files only
    {"preprocess", "sampling", "labels", "pose", "imported_poses", "gait", "behavior"}
    | {"groups", "synthetic", "validation"},
    {"figures", "planning"},
    {"web"},  # pages show what figures show
    {"cli"},
)
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}


def modules(root):
    """Dotted name -> the files that say what it imports; a package's stub counts as the package."""
    found = {}
    for path in sorted((root / "leap_core").rglob("*.py*")):
        if path.suffix not in (".py", ".pyi"):
            continue
        parts = path.relative_to(root).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found.setdefault(name, []).append(path)
    return found


def imported(name, paths, known):
    """Modules of leap_core that one of them imports: the module meant, not the packages above."""
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                base = node.module or ""
                if node.level:  # stubs only: they stand in their package
                    assert path.name == "__init__.pyi" and node.level == 1, path
                    base = f"{name}.{base}"
                names = [f"{base}.{alias.name}" for alias in node.names]
                yield from (full if full in known else base for full in names)
            elif isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)


def graph(root):
    """Module -> modules of leap_core that it imports."""
    known = modules(root)
    return {
        name: {
            other
            for other in imported(name, paths, known)
            if other.partition(".")[0] == "leap_core"
        }
        for name, paths in known.items()
    }


def room(name):
    """``leap_core.gait.hmm`` -> ``gait``; the package's own face has none."""
    return name.split(".")[1] if "." in name else None


def test_every_room_has_its_floor(root):
    rooms = {room(name) for name in modules(root)} - {None}
    assert rooms == set(FLOOR)
    assert len(FLOOR) == sum(map(len, FLOORS))


def test_every_import_is_there(root):
    arrows = graph(root)
    assert len(arrows) > 150 and sum(map(len, arrows.values())) > 500
    assert {other for others in arrows.values() for other in others} <= set(arrows)


def test_arrows_go_down(root):
    up = [
        f"{name} -> {other}"
        for name, others in graph(root).items()
        for other in others
        if None not in (room(name), room(other))
        and room(name) != room(other)
        and FLOOR[room(name)] <= FLOOR[room(other)]
    ]
    assert not up


def test_no_circle_among_modules(root):
    """Not even one that an import inside a function hides."""
    try:
        TopologicalSorter(graph(root)).prepare()
    except CycleError as error:
        raise AssertionError(" -> ".join(error.args[1])) from None


def test_only_the_command_line_asks_for_the_package_itself(root):
    """For its version: what takes ``leap_core.read`` from the face would stand above all floors."""
    above = {room(name) for name, others in graph(root).items() if "leap_core" in others}
    assert above <= {"cli"}


def test_no_name_is_that_of_a_module_beside_it(root):
    """In a package's face one of the two would hide the other."""
    alike = []
    for paths in modules(root).values():
        for path in paths:
            beside = {other.stem for other in path.parent.iterdir()}
            for node in ast.parse(path.read_text()).body:
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                    alike += [f"{path}: {node.name}"] * (node.name in beside)
    assert not alike


def test_core_never_imports_the_workflow_engine(root):
    for path in (root / "leap_core").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert "snakemake" not in {name.partition(".")[0] for name in names}, path
