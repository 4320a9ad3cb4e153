"""Small pieces of a page, all text escaped."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from multiscale.report.figures.canvas import Figure


def document(title: str, body: str) -> str:
    """A complete page that needs nothing else."""
    css = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{css}</style></head><body>{body}</body></html>"
    )


def table(header: Sequence[str], rows: Iterable[Sequence[str]], numbers: Sequence[int] = ()) -> str:
    """A table; columns whose index is in `numbers` are set flush right."""

    def line(cells: Sequence[str], tag: str) -> str:
        return "<tr>" + "".join(
            f"<{tag}{' class="n"' if i in numbers else ''}>{escape(cell)}</{tag}>"
            for i, cell in enumerate(cells)
        ) + "</tr>"  # fmt: skip

    body = "".join(line(row, "td") for row in rows)
    return (
        f'<div class="table"><table><thead>{line(header, "th")}</thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def figures(drawn: Sequence[Figure]) -> str:
    """Figures in two columns; one without neighbour has its caption beside it."""
    kinds = ["wide" if figure.wide or not figure.data else "" for figure in drawn]
    alone = None  # the last figure in the left column
    for i, kind in enumerate([*kinds, "wide"]):
        if kind == "wide" and alone is not None:
            kinds[alone] = "beside"
        alone = i if kind == "" and alone is None else None
    return f'<div class="figures">{"".join(map(_picture, drawn, kinds))}</div>' if drawn else ""


def _picture(figure: Figure, kind: str) -> str:
    """A figure with its caption, the picture inside the page."""
    if not figure.data:
        return paragraph(figure.caption, "wide")
    data = base64.b64encode(figure.data).decode()
    return (
        f'<figure class="{kind}"><img src="data:{figure.mime};base64,{data}" '
        f'alt="{escape(figure.caption)}">'
        f"<figcaption>{escape(figure.caption)}</figcaption></figure>"
    )


def paragraph(text: str, kind: str = "") -> str:
    """A paragraph of plain text."""
    return f"<p{f' class="{kind}"' if kind else ''}>{escape(text)}</p>"


def bullets(items: Iterable[str]) -> str:
    """A list of plain texts."""
    return "<ul>" + "".join(f"<li>{escape(item)}</li>" for item in items) + "</ul>"


def section(anchor: str, title: str, *parts: str) -> str:
    """A section under a heading that the page's menu can reach."""
    return f'<section id="{anchor}"><h2>{escape(title)}</h2>{"".join(parts)}</section>'


def folded(title: str, content: str) -> str:
    """Content that opens on a click; open on paper."""
    return f"<details><summary>{escape(title)}</summary>{content}</details>"
