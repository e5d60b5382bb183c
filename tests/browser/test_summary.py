"""The first page of the report fits a printed page, whatever there is to say."""

import io

from fixtures.summarized import FULL
from pypdf import PdfReader

from leap_core.figures import summary
from leap_core.figures.facts import Facts


def printed(browser, page):
    opened = browser.new_page()
    asked = []
    opened.on("request", lambda request: asked.append(request.url))
    opened.set_content(page)
    pdf = PdfReader(io.BytesIO(opened.pdf(prefer_css_page_size=True)))
    opened.close()
    assert asked == [], "the page needs a network"
    return pdf


def test_the_fullest_summary_is_one_page_of_a4(browser):
    crowded = printed(browser, summary.draw(FULL, "flies", list(summary.LOOK)))
    (page,) = crowded.pages
    size = [float(v) / 72 * 25.4 for v in (page.mediabox.width, page.mediabox.height)]
    assert abs(size[0] - 210) < 1 and abs(size[1] - 297) < 1
    assert "55 more in Notes" in page.extract_text().replace("\n", " ")


def test_most_notes_without_any_warning_are_one_page(browser):
    notes = Facts(done=FULL.done, judged=FULL.judged, left_out=FULL.left_out)
    quiet = printed(browser, summary.draw(notes, "flies", list(summary.LOOK)))
    (page,) = quiet.pages
    assert "45 more in Notes" in page.extract_text().replace("\n", " ")
