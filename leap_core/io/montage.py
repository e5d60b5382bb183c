"""Pictures put together on one sheet: a pdf, in which lines and letters stay such, or a png."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from leap_core.errors import UserError
from leap_core.io.atomic import atomic_path

MM_PER_INCH, PT_PER_INCH = 25.4, 72.0


class Put(NamedTuple):
    """Where one picture goes: mm from the sheet's top left corner, and its size there.

    Attributes:
        path: a pdf or a png, as the sheet is one.
    """

    path: Path
    left: float
    top: float
    width: float
    height: float


def about(path: str | Path) -> tuple[float, float, str]:
    """Width and height (mm) of a pdf's first page, and its subject ("" = none).

    Raises:
        UserError: no pdf, or a damaged one.
    """
    reader = _opened(path)
    box = reader.pages[0].mediabox
    mm = MM_PER_INCH / PT_PER_INCH
    subject = reader.metadata.subject if reader.metadata else None
    return float(box.width) * mm, float(box.height) * mm, subject or ""


def pdf(sheet: str | Path, pictures: Sequence[Put], out: str | Path) -> None:
    """Draw pictures over a sheet, each as one object of its own; equal files give equal bytes.

    Args:
        sheet: pdf of one page, such as letters and frames.
        out: the new pdf.

    Raises:
        UserError: a file is no pdf, or a damaged one.
    """
    from pypdf import PdfWriter
    from pypdf.generic import DictionaryObject, NameObject, StreamObject

    writer = PdfWriter()
    page = writer.add_page(_opened(sheet).pages[0])
    tall = float(page.mediabox.height)
    resources = page["/Resources"].get_object()
    assert isinstance(resources, DictionaryObject)  # of every page, by the standard
    resources.setdefault(NameObject("/XObject"), DictionaryObject())
    forms = resources["/XObject"].get_object()
    assert isinstance(forms, DictionaryObject)
    drawn = [b"q", _content(page), b"Q"]
    pt = PT_PER_INCH / MM_PER_INCH
    for k, put in enumerate(pictures):
        source = _opened(put.path).pages[0]
        form = StreamObject()
        form.set_data(_content(source))
        form = form.flate_encode()
        form.update(
            {
                NameObject("/Type"): NameObject("/XObject"),
                NameObject("/Subtype"): NameObject("/Form"),
                NameObject("/BBox"): source.mediabox.clone(writer),
                NameObject("/Resources"): source["/Resources"].clone(writer),
            }
        )
        name = f"/Picture{k}"
        forms[NameObject(name)] = writer._add_object(form)
        x = put.width * pt / float(source.mediabox.width)
        y = put.height * pt / float(source.mediabox.height)
        place = f"{x:.6f} 0 0 {y:.6f} {put.left * pt:.4f}"
        place += f" {tall - (put.top + put.height) * pt:.4f}"
        drawn.append(f"q {place} cm {name} Do Q".encode())
    content = StreamObject()
    content.set_data(b"\n".join(drawn))
    page[NameObject("/Contents")] = writer._add_object(content.flate_encode())
    writer.metadata = None
    with atomic_path(Path(out)) as temporary, open(temporary, "wb") as file:
        writer.write(file)


def png(sheet: np.ndarray, pictures: Sequence[Put], dpi: float, out: str | Path) -> None:
    """Paste pictures over a sheet; those of another size are resampled.

    Args:
        sheet: (y, x, 3) RGB uint8 at ``dpi``.
        out: the new png.

    Raises:
        UserError: a file is no png.
    """
    page = np.array(sheet)
    px = dpi / MM_PER_INCH
    for put in pictures:
        image = cv2.imread(str(put.path), cv2.IMREAD_COLOR_RGB)
        if image is None:
            raise UserError(f"{put.path}: is no picture; remove it and run again")
        size = round(put.width * px), round(put.height * px)
        if abs(size[0] - image.shape[1]) > 1 or abs(size[1] - image.shape[0]) > 1:
            image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        top, left = round(put.top * px), round(put.left * px)
        part = page[top : top + image.shape[0], left : left + image.shape[1]]
        part[:] = image[: part.shape[0], : part.shape[1]]
    done, data = cv2.imencode(".png", page[..., ::-1])
    assert done  # of an array of bytes there is always a png
    with atomic_path(Path(out)) as temporary:
        temporary.write_bytes(data.tobytes())


def _opened(path: str | Path):
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(path)
        reader.pages[0]
    except (PyPdfError, IndexError, ValueError, KeyError) as error:
        raise UserError(f"{path}: is no whole pdf; remove it and run again") from error
    return reader


def _content(page) -> bytes:
    content = page.get_contents()
    return content.get_data() if content is not None else b""
