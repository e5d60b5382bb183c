"""One file that shows a map of behavior wherever it is opened: page, numbers and clips in it.

Browsers load no module from beside a file, so all of them stand in the file: each as a ``data:``
URL in an import map, under its own name.  The page's policy lets it ask for nothing else.
"""

from __future__ import annotations

import base64
import gzip
import html
import json
import re
from importlib import resources

from leap_core.web.explore.contents import Contents

PACKAGES = {"shared": "leap_core.web", "page": "leap_core.web.explore"}
# the browser itself refuses whatever would leave the file
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' data:; style-src 'unsafe-inline'; "
    "img-src data:; media-src blob:; base-uri 'none'; form-action 'none'"
)
LEVEL = 6  # of gzip: 9 gains 1 % of a million points in three times the time
_IMPORT = re.compile(r'((?:^|[;\s])(?:import|from)\s*\(?\s*)"(\.|/shared|/page)/([\w-]+\.js)"')
_STYLE = re.compile(r'<link rel="stylesheet" href="/(\w+)/([\w-]+\.css)">')
_ICON = re.compile(r'href="/shared/(icon\.svg)"')
_MAIN = '<script type="module" src="/page/main.js"></script>'


def render(contents: Contents) -> str:
    """The file: HTML that needs nothing else.  Equal contents give equal text."""
    text = _read("page", "index.html")
    text = _STYLE.sub(lambda found: f"<style>\n{_read(found[1], found[2])}</style>", text)
    text = _ICON.sub(
        lambda found: f'href="{_url("image/svg+xml", _read("shared", found[1]))}"', text
    )
    dataset = html.escape(str(contents.head["dataset"]))
    text = text.replace("<title>Behavior map</title>", f"<title>{dataset} · behavior map</title>")
    head = [
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        _script("importmap", json.dumps({"imports": _modules()}, indent=0)),
    ]
    body = [
        _script("application/json", _json(contents.head), "contents"),
        *(_packed(name, values) for name, values in sorted(contents.arrays.items())),
        *(_coded(f"clip-{k}", clip) for k, clip in enumerate(contents.clips)),
        '<script type="module">import "main.js";</script>',
    ]
    text = text.replace('<meta charset="utf-8">', "\n".join(['<meta charset="utf-8">', *head]))
    return text.replace(_MAIN + "\n", "").replace("</body>", "\n".join([*body, "</body>"]))


def _modules() -> dict[str, str]:
    """Bare name -> address of every module that the page loads."""
    found: dict[str, str] = {}
    waiting = [("page", "main.js")]
    while waiting:
        package, name = waiting.pop()
        if _bare(package, name) in found:
            continue
        text = _read(package, name)
        for _, place, other in _IMPORT.findall(text):
            waiting.append((package if place == "." else place[1:], other))

        def bare(match: re.Match, package: str = package) -> str:
            return f'{match[1]}"{_bare(package if match[2] == "." else match[2][1:], match[3])}"'

        found[_bare(package, name)] = _url("text/javascript", _IMPORT.sub(bare, text))
    return dict(sorted(found.items()))


def _bare(package: str, name: str) -> str:
    return name if package == "page" else f"{package}-{name}"


def _read(package: str, name: str) -> str:
    return (resources.files(PACKAGES[package]) / "page" / name).read_text(encoding="utf-8")


def _url(kind: str, text: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(text.encode()).decode()}"


def _json(value) -> str:
    # no text of a dataset may end the script
    return json.dumps(value, sort_keys=True, allow_nan=False).replace("<", "\\u003c")


def _script(kind: str, text: str, id: str = "") -> str:
    named = f' id="{id}"' if id else ""
    return f'<script type="{kind}"{named}>{text}</script>'


def _coded(id: str, body: bytes) -> str:
    return _script("application/octet-stream", base64.b64encode(body).decode(), id)


def _packed(name: str, body: bytes) -> str:
    return _coded(f"array-{name}", gzip.compress(body, LEVEL, mtime=0))
