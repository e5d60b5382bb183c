"""What the site has beside the files of this folder: two pages of the top folder, the version."""

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from leap_core import __version__

PAGES = {"contributing.md": "CONTRIBUTING.md", "changelog.md": "CHANGELOG.md"}
LINK = re.compile(r"\[([^\]]*)\]\((?!\w+://|#)([^)]*)\)")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    config.extra["version"] = __version__
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    top = Path(config.config_file_path).parent
    for page, source in PAGES.items():
        text = LINK.sub(_link, (top / source).read_text(encoding="utf-8"))
        files.append(File.generated(config, page, content=text))
    return files


def _link(found: re.Match) -> str:
    """Links are from the top folder there: those to pages stay links, of others the words stay."""
    words, target = found.groups()
    for page, source in PAGES.items():
        target = re.sub(f"^{source}", f"docs/{page}", target)
    return f"[{words}]({target[5:]})" if target.startswith("docs/") else words
