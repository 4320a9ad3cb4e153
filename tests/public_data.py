"""Where the public measurements lie, which are not part of the project; see MULTISCALE_DATA."""

import os
from pathlib import Path

DATA = Path(
    os.environ.get("MULTISCALE_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")
)
TOMOGRAM = DATA / "microstructure_volumes" / "nmc-1-cal_generatedCBD_bridge.tif"
