"""The table of videos: typed like the list, and every mistake named with its place."""

import pytest

from leap_core import config
from leap_core.errors import UserError

HEADER = "id\tpath\tfps\tpx_per_mm\tanimals\tegocentric\n"


@pytest.fixture
def resolve(tmp_path, monkeypatch):
    """Config of a sheet with this content (text or bytes), read as ``videos.tsv``."""
    monkeypatch.chdir(tmp_path)

    def read(content, **keys):
        if isinstance(content, str):
            content = content.encode()
        (tmp_path / "videos.tsv").write_bytes(content)
        value = {"dataset": "d", "skeleton": "s.yaml", "video_sheet": "videos.tsv"}
        return config.from_dict(value | keys, "my.yaml")

    return read


def test_rows_are_typed_and_an_empty_cell_has_the_default(resolve):
    found = resolve(HEADER + "001\ta.mp4\t100\t25.5\t2\t\n002\tb.mp4\t\t35\t\t\n")
    assert found.videos == [
        config.Video(id="001", path="a.mp4", fps=100.0, px_per_mm=25.5, animals=2),
        config.Video(id="002", path="b.mp4", px_per_mm=35.0),
    ]
    assert isinstance(found.videos[0].fps, float) and isinstance(found.videos[0].animals, int)
    assert found.videos[0].recordings == ["001_animal0", "001_animal1"]


def test_every_key_of_a_video_is_a_column(resolve):
    values = {
        "id": "x",
        "path": "x.csv",
        "url": "https://example.org/x.csv",
        "sha256": "0" * 64,
        "url_sha256": "1" * 64,
        "fps": 50.0,
        "px_per_mm": 2.0,
        "animals": 1,
        "poses": "dlc",
        "egocentric": True,
    }
    text = "\t".join(values) + "\n" + "\t".join(map(str, values.values())) + "\n"
    assert resolve(text).videos == [config.Video(**values)]
    text = "camera_track\tpath\tid\nc.csv\tx.mp4\tx\n"
    assert resolve(text).videos == [config.Video(id="x", path="x.mp4", camera_track="c.csv")]
    assert resolve("id\tsynthetic\nx\t7\n").videos == [config.Video(id="x", synthetic=7)]


def test_the_sheet_follows_the_list(resolve):
    listed = [{"id": "a", "path": "a.mp4"}]
    found = resolve("id\tpath\nb\tb.mp4\n", videos=listed)
    assert [video.id for video in found.videos] == ["a", "b"]
    assert found.video("b").path == "b.mp4"
    assert [source.id for source in found.raw_sources] == ["a", "b"]
    assert found.video_sheet is None


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfid\tpath\r\na\tx.mp4\r\nb\ty.mp4\r\n",
        b"# two flies\n\nid\tpath\na\tx.mp4\n# no video here\n\t\nb\ty.mp4",
        b'"id"\t"path"\n"a"\t"x.mp4"\n b \ty.mp4\n',
        b"id\tpath\ra\tx.mp4\rb\ty.mp4\r",
    ],
    ids=["mark and CRLF of a spreadsheet", "comments, empty lines", "quotes, blanks", "old CR"],
)
def test_what_spreadsheets_and_people_add_changes_nothing(resolve, content):
    assert resolve(content).videos == resolve(b"id\tpath\na\tx.mp4\nb\ty.mp4\n").videos


def test_a_path_keeps_its_blanks_quotes_and_hashes(resolve):
    found = resolve('id\tpath\na\tmy videos/5" dish #2.mp4\n')
    assert found.videos[0].path == 'my videos/5" dish #2.mp4'


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "videos.tsv: empty; its first line names the columns, some of: id, path, url"),
        ("id\tpath\tpx_per_m\n", "line 1, column 3: unknown name 'px_per_m'; did you mean 'px_per"),
        ("id\tpath\tzzz\n", "column 3: unknown name 'zzz'; known columns: id, path"),
        ("id,path\na,x.mp4\n", "column 1: unknown name 'id,path'; separate columns by tabs"),
        ("id\tpath\tpath\n", "line 1, column 3: 'path' stands twice; remove one"),
        ("path\nx.mp4\n", "line 1: no column 'id'; every row needs one"),
        ("id\tpath\t\na\tx\t\n", "line 1, column 3: unknown name ''"),
        ("id\tpath\na\n", "line 2: 1 cells, but 2 columns; put one tab between"),
        ("id\tpath\n#\na\tx\ty\n", "line 3: 3 cells, but 2 columns"),
        ("id\tpath\n\tx.mp4\n", "line 2, column 'id': empty; every row needs one (unique name"),
        ("id\tfps\na\t25,5\n", "line 2, column 'fps': '25,5'; write a number, with a dot"),
        ("id\tfps\na\tnan\n", "column 'fps': 'nan'; write a number"),
        ("id\tfps\na\t1_0\n", "column 'fps': '1_0'; write a number"),
        ("id\tfps\na\t0\n", "line 2, column 'fps': 0 is less than the minimum of 0.001; correct"),
        ("id\tanimals\na\t1.5\n", "column 'animals': 1.5; write a whole number, or nothing"),
        ("id\tegocentric\na\tyes\n", "column 'egocentric': 'yes'; write true or false"),
        ("id\tposes\na\tdcl\n", "column 'poses': 'dcl' is not one of ['dlc', 'sleap', 'array']"),
        ("id\tsha256\na\tabc\n", "column 'sha256': 'abc' does not match"),
        ("id\tpath\n../a\tx\n", "line 2, column 'id': '../a' does not match"),
        ('id\tpath\na\t"x.mp4\n', "line 2: a cell begins with a quote that does not end"),
        ("id\tpath\na\tx\n\na\ty\n", "line 4, column 'id': 'a' is in videos.tsv: line 2 already"),
        ("id\tpath\na\t\n", "line 2: 'a' has neither `path` nor `url`; give one"),
        ("id\tpath\nmap\tx\n", "line 2: video id 'map' is reserved; choose another"),
        ("id\tsynthetic\tanimals\na\t1\t2\n", "line 2: video 'a' has `animals: 2`"),
        (b"id\tpath\nb\tx\na\tM\xe4use.mp4\n", "line 3: not UTF-8 text; save it as"),
        ("id\tpath\n".encode("utf-16"), "line 1: not UTF-8 text; save it as"),
    ],
)
def test_mistakes_are_named_with_their_place(resolve, content, words):
    with pytest.raises(UserError) as error:
        resolve(content)
    assert words in str(error.value)
    assert str(error.value).startswith("videos.tsv: ")


def test_an_id_of_the_list_is_taken(resolve):
    with pytest.raises(UserError) as error:
        resolve("id\tpath\na\tx.mp4\n", videos=[{"id": "a", "path": "a.mp4"}])
    assert str(error.value) == (
        "videos.tsv: line 2, column 'id': 'a' is in `videos` of my.yaml already; ids are unique"
    )


def test_a_dataset_has_videos(resolve, tmp_path):
    with pytest.raises(UserError, match=r"my.yaml: no videos; list them in `videos`, or in"):
        resolve("id\tpath\n")
    with pytest.raises(UserError, match=r"d.yaml: no videos"):
        config.from_dict({"dataset": "d", "skeleton": "s.yaml"}, "d.yaml")
    # labels alone train a network
    alone = {
        "dataset": "d",
        "skeleton": "s.yaml",
        "labels": {"sources": [{"id": "a", "path": "a"}]},
    }
    assert not config.from_dict(alone, "d.yaml").videos
    with pytest.raises(UserError, match=r"d.yaml: `crop.background` .* no videos"):
        config.from_dict(alone | {"crop": {"background": "both"}}, "d.yaml")


@pytest.mark.parametrize("background", ["remove", "both"])
def test_crops_without_background_have_to_be_stored(background):
    given = {
        "dataset": "d",
        "skeleton": "s.yaml",
        "videos": [{"id": "a", "path": "a.mp4"}],
        "crop": {"background": background, "store": False},
    }
    told = r"d.yaml: `crop.store` is false and .*; set `crop.store: true`, or `crop.background: k"
    with pytest.raises(UserError, match=told):
        config.from_dict(given, "d.yaml")
    given["crop"]["background"] = "keep"
    assert not config.from_dict(given, "d.yaml").crop.store


@pytest.mark.parametrize(
    ("name", "words"), [("none.tsv", "no such sheet; give its path from"), (".", "not a readable")]
)
def test_a_sheet_that_cannot_be_read_is_named(name, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    value = {"dataset": "d", "skeleton": "s.yaml", "video_sheet": name}
    with pytest.raises(UserError) as error:
        config.from_dict(value)
    assert str(error.value).startswith(f"{name}: {words}")
