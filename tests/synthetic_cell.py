"""Made-up, plausible performance and cost of a cell with an NMC622 cathode."""

from __future__ import annotations

import numpy as np

from multiscale.records import CellPerformance, FactoryFigures


def cell() -> CellPerformance:
    rates, depth = np.array([0.1, 0.5, 1.0, 2.0, 3.0]), np.linspace(0, 1, 60)
    nominal = 3.35 * 36000
    capacity = nominal * np.array([0.93, 0.88, 0.81, 0.64, 0.45])
    curve = 4.2 - 0.75 * depth - 0.9 * depth**9
    voltage = np.clip(curve[None] - 0.08 * rates[:, None] * (1 + depth[None]), 2.5, None)
    return CellPerformance(
        c_rate=rates,
        nominal_capacity=nominal,
        half_capacity=capacity * 1.05,
        half_energy=capacity * 1.05 * 3.85,
        capacity=capacity,
        energy=capacity * 3.7,
        depth=depth,
        half_voltage=voltage + 0.1,
        voltage=voltage,
        counter_ratio=1.1,
        capacity_error=np.array([10.0, 20.0, 40.0, 60.0, 90.0]),
        energy_error=np.array([40.0, 80.0, 160.0, 240.0, 350.0]),
        salt_low=np.array([960.0, 800.0, 550.0, 180.0, 40.0]),
        salt_high=np.array([1050.0, 1250.0, 1500.0, 1900.0, 2300.0]),
        active_mass=0.192,
        volume_closure=2e-16,
        bpx='{"Header": {"BPX": "1.0"}}',
        error={
            "salt_low": 5.0,
            "salt_high": 5.0,
            "half_capacity": 90.0,
            "half_energy": 350.0,
            "capacity": 90.0,
            "energy": 350.0,
            "half_voltage": 2e-3,
            "voltage": 2e-3,
        },
    )


def factory() -> FactoryFigures:
    kwh = 3.6e6
    steps = "mixing, coating, drying, calendering, slitting, cell assembly"
    added = np.array([3.2, 0.1, 0, 0, 0, 0.9])
    scrap, emission = np.full(6, 0.04), np.array([0, 0, 0.95, 0, 0, 0])
    mass_out = np.cumsum(added - scrap - emission)
    return FactoryFigures(
        steps=steps,
        yields=np.array([0.99, 0.98, 0.99, 0.985, 0.99, 0.95]),
        mass_in=(mass_out + scrap + emission) / kwh,
        added=added / kwh,
        mass_out=mass_out / kwh,
        scrap=scrap / kwh,
        emission=emission / kwh,
        electricity=np.array([0.3, 0.2, 3.1, 0.4, 0.1, 4.0]),
        heat=np.array([0, 0, 9.5, 0.2, 0, 1.0]),
        material_cost=np.array([48, 2.5, 0, 0, 0, 21]) / kwh,
        conversion_cost=np.array([1.1, 1.9, 2.6, 0.8, 0.5, 6.2]) / kwh,
        total_energy=18.8,
        total_cost=84.6 / kwh,
        total_co2=5.4 / kwh,
        total_yield=0.89,
        investment=np.array([9, 22, 31, 8, 6, 70]) / (1000 * 3600 / (365.25 * 86400)),
        cell_energy=3.0 * 36000 * 3.7,
        modelled_energy_share=0.45,
        modelled_cost_share=0.65,
        error={
            "total_energy": 0.05,
            "total_cost": 0.2 / kwh,
            "total_co2": 0.02 / kwh,
            "cell_energy": 800.0,
        },
    )
