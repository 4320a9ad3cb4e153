"""A case of particles: from a TOML file with units to a run of the engine and its written results.

    from multiscale.particle_case.load import load_particle_case
    from multiscale.particle_case.run import run_particles

    run_particles(load_particle_case("cases/particle_compaction"), "runs/compaction")

The engine, `particles`, knows neither units nor files; this room knows no mechanics.
"""
