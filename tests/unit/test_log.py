"""What a run says into a log."""

from __future__ import annotations

import logging

import pytest

from multiscale import log


def test_lines_are_aligned_and_at_most_one_a_second(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log.logger, "propagate", True)
    monkeypatch.setattr(log.logger, "handlers", [])  # an earlier test may have left one
    caplog.set_level(logging.INFO, "multiscale")
    clock = [0.0]
    monkeypatch.setattr(log.time, "monotonic", lambda: clock[0])
    progress = log.Progress("drying", show=True, bar=False)
    for clock[0], fraction in ((0.5, 0.3), (10.0, 0.5), (10.5, 0.6), (12.0, 0.51), (71.0, 0.52)):
        progress.update(fraction, "at 80 degC")
    clock[0] = 200.0
    progress.update(1.0, "dry")
    assert caplog.messages == [
        "drying  50 %    10 s left  at 80 degC",
        "drying  52 %    66 s left  at 80 degC",
        "drying 100 %               dry",
    ]
