"""The file of a map: the same for the same contents, and whole in itself."""

import base64
import gzip
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from fixtures import explored

from leap_core.web.explore import standalone


class Elements(HTMLParser):
    """Every element's name and attributes, and the text of scripts."""

    def __init__(self, text):
        super().__init__()
        self.found: list[tuple[str, dict]] = []
        self.scripts: list[tuple[dict, str]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag == "script":
            self.scripts.append((dict(attrs), ""))

    def handle_data(self, data):
        if self.lasttag == "script" and self.scripts:
            attributes, text = self.scripts[-1]
            self.scripts[-1] = attributes, text + data


@pytest.fixture(scope="module")
def contents():
    return explored.make(200)


@pytest.fixture(scope="module")
def elements(contents):
    return Elements(standalone.render(contents))


def test_equal_contents_give_equal_text(contents):
    again = replace(contents, head=dict(reversed(contents.head.items())))
    assert standalone.render(contents) == standalone.render(again)


def test_numbers_and_clips_come_back(contents, elements):
    held = {attrs["id"]: text for attrs, text in elements.scripts if "id" in attrs}
    assert json.loads(held.pop("contents")) == contents.head
    coded = {name: base64.b64decode(text) for name, text in held.items()}
    for name, values in contents.arrays.items():
        assert gzip.decompress(coded.pop(f"array-{name}")) == values
    assert coded == {f"clip-{k}": clip for k, clip in enumerate(contents.clips)}


def test_no_element_loads_anything_from_elsewhere(elements):
    addresses = [
        attrs[name] for _, attrs in elements.found for name in ("src", "href") if name in attrs
    ]
    assert [one for one in addresses if not one.startswith(("data:", "#"))] == []
    (policy,) = [
        attrs["content"]
        for tag, attrs in elements.found
        if tag == "meta" and attrs.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy.startswith("default-src 'none';") and "http" not in policy


def test_every_module_finds_those_that_it_imports(elements):
    (text,) = [text for attrs, text in elements.scripts if attrs.get("type") == "importmap"]
    modules = {
        name: base64.b64decode(url.partition("base64,")[2]).decode()
        for name, url in json.loads(text)["imports"].items()
    }
    assert "main.js" in modules
    wanted = {
        name
        for source in modules.values()
        for name in re.findall(r'^(?:import|\} from|export .* from)\b[^"]*"([^"]+)"', source, re.M)
    }
    assert wanted == set(modules) - {"main.js"}


def test_text_of_a_dataset_ends_no_script(contents):
    odd = "</script><b id=odd><!--"
    notes = replace(contents, head=contents.head | {"dataset": odd, "notes": [odd]})
    found = Elements(standalone.render(notes))
    assert "odd" not in {attrs.get("id") for _, attrs in found.found}
    (head,) = [text for attrs, text in found.scripts if attrs.get("id") == "contents"]
    assert json.loads(head)["notes"] == [odd]
