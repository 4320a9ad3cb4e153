"""What a run says: rank 0 speaks; progress is a bar on a terminal and lines in a log."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

logger = logging.getLogger("multiscale")
_BRIEFEST = 1.0  # s between two lines of a log


def configure(rank: int, size: int, level: int = logging.INFO) -> None:
    """Send rank 0's messages to stderr at `level`, other ranks' warnings only."""
    handler = logging.StreamHandler(sys.stderr)
    where = f" {rank}/{size}" if size > 1 else ""
    handler.setFormatter(
        logging.Formatter(f"%(asctime)s{where} %(levelname)s %(message)s", "%H:%M:%S")
    )
    logger.handlers[:] = [handler]
    logger.setLevel(level if rank == 0 else logging.WARNING)
    logger.propagate = False


class Timer:
    """Wall time of a block: `with Timer() as t: ...; t.seconds`."""

    seconds: float = 0.0

    def __enter__(self) -> Timer:
        self._start = time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = time.perf_counter() - self._start


class Progress:
    """Progress of one stage; silent until it is given a display.

    On a terminal it draws a bar, elsewhere it prints one line per 5 % or 60 s, whichever comes
    first, and at most one a second.
    """

    def __init__(self, title: str, *, show: bool, bar: bool) -> None:
        self.title, self._show = title, show
        self._bar = _bar(title) if show and bar else None
        self._start = self._last_time = time.monotonic()
        self._last_fraction = 0.0

    def update(self, fraction: float, note: str = "") -> None:
        """Report that `fraction` (0..1) is done; `note` carries a physical number."""
        if not self._show:
            return
        if self._bar is not None:
            progress, task = self._bar
            progress.update(task, completed=fraction, note=note)
            return
        now = time.monotonic()
        waited = now - self._last_time
        if waited < _BRIEFEST or (fraction - self._last_fraction < 0.05 and waited < 60):
            return
        self._last_fraction, self._last_time = fraction, now
        elapsed = now - self._start
        left = f"{elapsed / fraction * (1 - fraction):.0f} s left" if 0 < fraction < 1 else ""
        logger.info("%s %3.0f %%  %11s  %s", self.title, 100 * fraction, left, note)

    def close(self) -> None:
        """Remove the bar."""
        if self._bar is not None:
            self._bar[0].stop()


def _bar(title: str):  # type: ignore[no-untyped-def]  # rich is imported only where a bar is drawn
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Rich

    progress = Rich(
        TextColumn("{task.description:<15}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
        transient=True,
    )
    task = progress.add_task(title, total=1.0, note="")
    progress.start()
    return progress, task


@contextmanager
def progress(title: str, *, show: bool) -> Iterator[Progress]:
    """Show the progress of a block on stderr."""
    shown = Progress(title, show=show, bar=sys.stderr.isatty())
    try:
        yield shown
    finally:
        shown.close()
