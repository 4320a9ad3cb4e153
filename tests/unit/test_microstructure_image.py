"""The image kind of the microstructure: files, labels, refusals, keys, and the same statistics."""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from microstructure_inputs import cathode, context
from PIL import Image as Picture
from pydantic import ValidationError

from multiscale.case.load import load_case
from multiscale.coupling.chain import check_balances
from multiscale.coupling.key import key, recipe
from multiscale.errors import CaseError, HandoverError, StageFailed
from multiscale.records import Microstructure, Phase
from multiscale.stages.microstructure import Image, Stochastic, build

SHAPE = (20, 18, 16)  # x, y, z


@pytest.fixture(scope="module")
def phases() -> np.ndarray:
    """Blobs of three phases, axes (x, y, z)."""
    rng = np.random.default_rng(4)
    coarse = rng.choice(np.array([0, 1, 2], np.uint8), (5, 6, 4), p=[0.4, 0.5, 0.1])
    return np.ascontiguousarray(np.kron(coarse, np.ones((4, 3, 4), np.uint8)))


@pytest.fixture
def stack(tmp_path: Path, phases: np.ndarray) -> Path:
    """The phases as a TIFF with a page for each slice."""
    return write_tiff(tmp_path / "image.tif", phases)


def write_tiff(path: Path, phases: np.ndarray) -> Path:
    pages = [Picture.fromarray(page) for page in phases.transpose(2, 1, 0)]
    pages[0].save(path, save_all=True, append_images=pages[1:])
    return path


def image(path: Path, **options: Any) -> Image:
    return Image(path=str(path), spacing=options.pop("spacing", "0.5 um"), **options)


def voxels(options: Image) -> np.ndarray:
    """The phases of the whole volume."""
    volume = options.phases()
    return volume.layers(2, 0, volume.shape[2])


def taken(options: Image) -> Microstructure:
    result = build.call(*cathode(), options, context())
    assert isinstance(result, Microstructure)
    return result


def test_tiff_raw_and_hdf5_are_the_same_volume(
    tmp_path: Path, phases: np.ndarray, stack: Path
) -> None:
    assert np.array_equal(voxels(image(stack)), phases)

    raw = tmp_path / "image.raw"
    (phases.transpose(2, 1, 0) + 5).astype("<u2").tofile(raw)
    labels = {"pore": 5, "am": 6, "cbd": 7}
    read = voxels(image(raw, shape=SHAPE[::-1], dtype="uint16", labels=labels))
    assert np.array_equal(read, phases)

    with h5py.File(tmp_path / "image.h5", "w") as file:
        file["scan/labels"] = phases
        file["scan/grey"] = phases * 30
    read = voxels(image(tmp_path / "image.h5", dataset="scan/labels", axes=("x", "y", "z")))
    assert np.array_equal(read, phases)


def test_orientation_and_middle(stack: Path, phases: np.ndarray) -> None:
    assert np.array_equal(voxels(image(stack, from_top=True)), phases[:, :, ::-1])
    assert np.array_equal(voxels(image(stack, middle=16)), phases[2:18, 1:17])


def test_same_statistics_as_of_a_packing(tmp_path: Path) -> None:
    """What is written of a packing and read as an image has its fractions, masses and areas."""
    packed = build.call(*cathode(), Stochastic(voxel_size="1 um", lateral_size="30 um"), context())
    assert isinstance(packed, Microstructure)
    assert isinstance(packed.label, np.ndarray)
    path = write_tiff(tmp_path / "packed.tif", packed.label)
    found = taken(image(path, spacing="1 um", periodic=True))
    for name in ("active_fraction", "cbd_fraction", "pore_fraction", "porosity"):
        assert getattr(found, name) == getattr(packed, name)
    assert found.representative_error == pytest.approx(packed.representative_error)
    # Along z the packing's voxels are stretched to the thickness by less than 1 %.
    assert found.area_active_pore == pytest.approx(packed.area_active_pore, rel=0.01)
    assert found.area_active_cbd == pytest.approx(packed.area_active_cbd, rel=0.01)
    assert found.thickness == pytest.approx(packed.thickness, rel=0.02)
    assert packed.particles / 2 < found.particles < 2 * packed.particles


def test_image_that_does_not_repeat_is_not_cut_open(tmp_path: Path) -> None:
    """A slab from edge to edge has two faces, not a third and fourth at the seam."""
    slab = np.zeros((20, 20, 20), np.uint8)
    slab[:7] = 1
    path = write_tiff(tmp_path / "slab.tif", slab)
    once, twice = (taken(image(path, periodic=p)).area_active_pore for p in (False, True))
    assert twice / once == pytest.approx(2, rel=0.1)
    assert taken(image(path)).periodic.tolist() == [0, 0, 0]


def test_image_need_not_hold_the_electrode(stack: Path) -> None:
    """The balances of the packing do not bind an image, and still bind the packing."""
    inputs = dict(zip(("powder", "formulation", "electrode"), cathode(), strict=True))
    found = taken(image(stack))
    assert check_balances(build, inputs, found, "image") == []
    with pytest.raises(HandoverError, match="active mass"):
        check_balances(build, inputs, found, "stochastic")


def test_every_objection_at_once(stack: Path) -> None:
    with pytest.raises(ValidationError) as error:
        image(
            stack,
            axes=("z", "z", "x"),
            labels={"pore": 0, "am": 9, "cbd": None},
            middle=19,
        )
    for said in ("axes = ", "no phase: 1 (", "'am'", "middle = 19"):
        assert said in str(error.value)


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("nowhere.tif", {}, "no such file"),
        ("notes.txt", {}, "images end with .tif"),
        ("broken.tif", {}, "no TIFF file"),
        ("broken.h5", {}, "cannot read"),
        ("cut.tif", {}, "damaged or was cut short"),
        ("slices", {}, "as TIF: it is damaged or was cut short"),
        ("damaged.h5", {}, "as H5: it is damaged or was cut short"),
        ("bytes.raw", {}, "give its 'shape'"),
        ("bytes.raw", {"shape": (4, 4, 4)}, "needs 64"),
        ("image.tif", {"shape": (16, 18, 21)}, "the shape given is"),
        ("two.h5", {}, "needs a 'dataset'"),
        ("two.h5", {"dataset": "c"}, "its volumes: 'a', 'b'"),
        ("float.h5", {}, "whole numbers"),
    ],
)
def test_bad_files_are_refused(
    tmp_path: Path, stack: Path, name: str, options: dict[str, Any], said: str
) -> None:
    for junk in ("broken.tif", "broken.h5", "bytes.raw"):
        (tmp_path / junk).write_bytes(b"no volume at all")
    with h5py.File(tmp_path / "two.h5", "w") as file:
        file["a"] = file["b"] = np.zeros((2, 2, 2), np.uint8)
    whole = stack.read_bytes()
    (tmp_path / "cut.tif").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "slices").mkdir()
    for page in ("1.tif", "2.tif"):
        (tmp_path / "slices" / page).write_bytes(whole[: len(whole) // 2])
    two = (tmp_path / "two.h5").read_bytes()
    (tmp_path / "damaged.h5").write_bytes(two.replace(b"HEAP", b"HOLE"))
    with h5py.File(tmp_path / "float.h5", "w") as file:
        file["a"] = np.zeros((2, 2, 2))
    with pytest.raises(ValidationError, match=said):
        image(tmp_path / name, **options)


def test_content_and_not_the_path_makes_the_key(tmp_path: Path, phases: np.ndarray) -> None:
    def name_of(path: Path) -> str:
        return key(recipe(build, image(path), {}, 1))

    first = write_tiff(tmp_path / "first.tif", phases)
    moved = write_tiff(tmp_path / "moved.tif", phases)
    other = phases.copy()
    other[0, 0, 0] = Phase.PORE if other[0, 0, 0] else Phase.ACTIVE
    changed = write_tiff(tmp_path / "changed.tif", other)
    assert name_of(first) == name_of(moved) != name_of(changed)


def test_image_that_changes_after_the_check_is_refused(stack: Path, phases: np.ndarray) -> None:
    options = image(stack)
    assert options.digest
    write_tiff(stack, phases[:, :, ::-1])
    with pytest.raises(StageFailed, match="changed after the case was checked"):
        taken(options)


def write_case(folder: Path, microstructure: str) -> Path:
    """A case of the project's template with another microstructure."""
    from multiscale.case import templates

    text = (Path(templates.__path__[0]) / "nmc622_cathode" / "case.toml").read_text()
    (folder / "base.toml").write_text(text)
    path = folder / "case.toml"
    path.write_text(f'extends = "base.toml"\n[microstructure]\nkind = "image"\n{microstructure}')
    return path


def test_case_file_names_an_image_beside_it(
    tmp_path: Path, stack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path.parent)
    path = write_case(
        tmp_path, 'path = "image.tif"\nspacing = "0.4 um"\nlabels = { pore = 0, am = 1, cbd = 2 }\n'
    )
    options = load_case(path).options["microstructure"]
    assert isinstance(options, Image)
    assert options.phases().shape == SHAPE
    assert options.spacing == pytest.approx(0.4e-6)


def test_case_error_names_the_table(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match=r"microstructure\n  no such file: .*gone\.tif"):
        load_case(write_case(tmp_path, 'path = "gone.tif"\nspacing = "0.4 um"\n'))


def test_two_edges_of_a_voxel_are_refused(tmp_path: Path, stack: Path) -> None:
    text = 'path = "image.tif"\nspacing = ["0.4 um", "0.5 um"]\n'
    with pytest.raises(CaseError, match="2 edges; write one, or three along x, y and z"):
        load_case(write_case(tmp_path, text))
