"""KEY=VALUE from the command line."""

import pytest

from multiscale.case.override import parse_override
from multiscale.case.problem import ABSENT


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("drying.web_speed=20 m/min", ("drying", "web_speed"), "20 m/min"),
        ('drying.web_speed="20 m/min"', ("drying", "web_speed"), "20 m/min"),
        (
            "drying.zones[1].air_temperature=120 degC",
            ("drying", "zones", 1, "air_temperature"),
            "120 degC",
        ),
        ("seed=7", ("seed",), 7),
        ("a.b = 0.5", ("a", "b"), 0.5),
        ("a.flag=true", ("a", "flag"), True),
        ("a.rows=[1, 2]", ("a", "rows"), [1, 2]),
        ("a.text=x = y", ("a", "text"), "x = y"),
        ("a.text=1\nb = 2", ("a", "text"), "1\nb = 2"),
        ("'odd key'.x=", ("odd key", "x"), ABSENT),
        ("m[0][2]=1", ("m", 0, 2), 1),
    ],
)
def test_reads_key_and_value(text: str, key: tuple[str | int, ...], value: object) -> None:
    assert parse_override(text) == (key, value)


@pytest.mark.parametrize(
    "text", ["drying", "=3", "a..b=1", "a[x]=1", "a[-1]=1", "a b=1", ".a=1", "a.=1"]
)
def test_refuses_what_is_no_key(text: str) -> None:
    with pytest.raises(ValueError, match="write"):
        parse_override(text)
