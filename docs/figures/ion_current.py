"""Draw docs/figures/ion_current.png: what passes where through the pores of a pressed cathode.

Run: python docs/figures/ion_current.py (two minutes; from the repository's root).
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt
from PIL import Image

import multiscale as ms
from multiscale.report.figures.cutaway import draw_fields

CASE = "cases/nmc622_cathode"


def main() -> None:
    """Concentration and flux density of the probe's box, a corner cut out."""
    with TemporaryDirectory() as folder:
        ms.run(ms.load_case(CASE, probe=True), folder, until="transport")
        run = ms.open_run(folder)
        figure, axes = plt.subplots(1, 2, figsize=(8.6, 4.9), layout="constrained")
        draw_fields(axes, run)
    path = Path(__file__).with_suffix(".png")
    figure.savefig(path, dpi=72)
    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    small.save(path, optimize=True)


if __name__ == "__main__":
    main()
