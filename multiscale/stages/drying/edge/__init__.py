"""The film beside its edge: heat, liquid and solids across the web, binder in its cross-section.

y runs from the edge of the coating into it, z from the foil to the surface.
"""
