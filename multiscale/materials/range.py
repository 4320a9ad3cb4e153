"""Correlations hold in a temperature range; outside it they refuse instead of extrapolating."""

from __future__ import annotations

from dataclasses import dataclass

from multiscale.errors import CaseError


@dataclass(frozen=True)
class TemperatureRange:
    """Temperatures in which a material's correlations hold.

    Attributes:
        material: name for messages.
        low, high: ends, inclusive, K.
    """

    material: str
    low: float
    high: float

    def check(self, T: float) -> float:
        """Give `T` (K) back if it lies inside.

        Raises:
            CaseError: it lies outside.
        """
        if self.low <= T <= self.high:
            return T
        raise CaseError(
            f"properties of {self.material} are known from {self.low - 273.15:.0f} to "
            f"{self.high - 273.15:.0f} degC, asked for {T - 273.15:.1f} degC; "
            f"check the air temperatures and the radiators"
        )
