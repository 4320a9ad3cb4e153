"""Energy and cost of each step."""

from __future__ import annotations

from multiscale.report.figures.canvas import BLUE, MIST, ORANGE, VERMILION, Figure, drawing, names
from multiscale.results import RunView


def figures(run: RunView) -> list[Figure]:
    """Energy and cost by step."""
    return [energy(run), cost(run)]


def energy(run: RunView) -> Figure:
    """Electricity and heat of each step over the cell's energy."""
    factory = run.factory
    figure = Figure(
        f"Energy by step; {factory.total_energy:.3g} kWh for each kWh of cell in all. "
        f"{factory.modelled_energy_share:.0%} of it is heat and work that the models of drying and "
        "calendering give; the rest follows from typical values of machines and plants."
    )
    _stack(
        figure, names(factory.steps, len(factory.yields), "step"),
        [("electricity", factory.electricity, BLUE), ("heat", factory.heat, ORANGE)],
        "energy [kWh/kWh]",
    )  # fmt: skip
    return figure


def cost(run: RunView) -> Figure:
    """Material and conversion cost of each step."""
    factory = run.factory
    total = factory.value("total_cost")
    figure = Figure(
        f"Cost by step; {total.shown:.3g} EUR for each kWh of cell in all. "
        f"{factory.modelled_cost_share:.0%} of it falls on steps whose masses and machine times "
        "the process models give, at typical prices; the rest follows from typical values alone."
    )
    _stack(
        figure, names(factory.steps, len(factory.yields), "step"),
        [("material", factory.value("material_cost").shown, MIST),
         ("conversion", factory.value("conversion_cost").shown, VERMILION)],
        "cost [EUR/kWh]",
    )  # fmt: skip
    return figure


def _stack(figure: Figure, steps, parts, name: str) -> None:  # type: ignore[no-untyped-def]
    with drawing(figure, height=0.9 + 0.3 * len(steps)) as ax:
        left = 0.0
        for part, lengths, colour in parts:
            ax.barh(steps, lengths, 0.62, left=left, color=colour, label=part)
            left = left + lengths
        ax.invert_yaxis()
        ax.set(xlabel=name)
        ax.tick_params(axis="y", length=0)
        ax.legend(loc="lower right")
