"""Images as folders of TIFF slices, and voxels that are no cubes."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from microstructure_inputs import cathode, context
from PIL import Image as Picture
from pydantic import ValidationError

from multiscale.cli.main import main
from multiscale.records import Microstructure
from multiscale.stages.microstructure import Image, build
from multiscale.stages.microstructure.images import file_digest

LABEL = np.random.default_rng(2).integers(0, 3, (16, 18, 20), np.uint8)  # x, y, z


def write(folder: Path, label: np.ndarray = LABEL, name: str = "scan_{}.tif") -> Path:
    folder.mkdir()
    for k, page in enumerate(label.transpose(2, 1, 0)):
        Picture.fromarray(page).save(folder / name.format(k))  # 9 before 10
    return folder


def image(path: Path, **options: Any) -> Image:
    return Image(path=str(path), spacing=options.pop("spacing", "0.5 um"), **options)


def test_slices_are_the_volume_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    found = image(write(tmp_path / "scan")).phases()
    np.testing.assert_array_equal(found.layers(2, 0, 20), LABEL)
    np.testing.assert_array_equal(found.layers(0, 3, 7), LABEL[3:7])
    turned = image(tmp_path / "scan", axes=("x", "y", "z"), from_top=True).phases()
    np.testing.assert_array_equal(turned.layers(2, 0, 16), LABEL.transpose(2, 1, 0)[:, :, ::-1])
    other = write(tmp_path / "other", name="{:03d}.TIFF")
    assert file_digest(other) == file_digest(tmp_path / "scan") != ""
    assert file_digest(write(tmp_path / "less", LABEL[:, :, 1:])) != file_digest(other)


def test_odd_folders_are_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValidationError, match="holds 0 TIFF files; a volume needs two slices"):
        image(tmp_path / "empty")
    folder = write(tmp_path / "scan")
    Picture.fromarray(LABEL[:, :, 0]).save(folder / "scan_7.tif")
    with pytest.raises(ValidationError, match=r"scan_7.tif' has 18 x 16 pixels .* are alike"):
        image(folder)
    pages = [Picture.fromarray(page) for page in LABEL.transpose(2, 1, 0)]
    pages[0].save(folder / "scan_7.tif", save_all=True, append_images=pages[1:])
    with pytest.raises(ValidationError, match="holds 20 pages; name it instead of its folder"):
        image(folder)
    (folder / "scan_7.tif").write_text("no picture")
    with pytest.raises(ValidationError, match=r"scan_7.tif' as TIF: it is no TIFF file"):
        image(folder)


@pytest.mark.parametrize("spacing", [["20 nm", "20 nm"], ["20 nm", "20 nm", "5 s"], "0 nm"])
def test_odd_spacings_are_refused(tmp_path: Path, spacing: Any) -> None:
    with pytest.raises(ValidationError, match="spacing"):
        image(write(tmp_path / "scan"), spacing=spacing)


def test_voxels_may_be_longer_across_the_slices(tmp_path: Path) -> None:
    """A slab of three slices in twenty, each 50 nm: fractions, height, two faces of one area."""
    slab = np.zeros((16, 18, 20), np.uint8)
    slab[:, :, 8:11] = 1
    options = image(write(tmp_path / "slab", slab), spacing=["20 nm", "20 nm", "50 nm"])
    found = build.call(*cathode(), options, context())
    assert isinstance(found, Microstructure)
    np.testing.assert_allclose(found.voxel_size, [20e-9, 20e-9, 50e-9])
    assert found.thickness == pytest.approx(20 * 50e-9)
    assert found.active_fraction == pytest.approx(3 / 20)
    # A plane is off by up to 7 % in Crofton's formula on cubes, where no bias of thickness is.
    assert found.area_active_pore == pytest.approx(2 / found.thickness, rel=0.25)
    assert found.particles == 1


def test_the_command_takes_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Straight channels: tau is 1 on voxels of any shape."""
    channels = np.zeros((16, 18, 20), np.uint8)
    channels[3:9, 4:13] = 1
    folder = str(write(tmp_path / "scan", channels))
    told = ("--conducts", "1", "--along", "z", "--spacing", "20 nm", "20 nm", "50 nm")
    assert main(["tortuosity", folder, *told]) == 0
    assert capsys.readouterr().out.splitlines()[-1].split()[2] == "1"
    assert main(["tortuosity", str(tmp_path), *told]) == 64
    assert "holds 0 TIFF files" in capsys.readouterr().err
