# Binder in the solution of a film that dries beside its edge, on a mesh of columns that moves with
# the surface, z = xi h(y, t). For every test function v
#   d/dt int(phi c v) = int[c (q v_y + w v_z) - K grad c . grad v],  v_y along the mesh's layers,
# with the solution's flux q along the layers and w through them: a test function that is 1
# everywhere sees no flux, whatever the mesh does. One Newton step d from c in an implicit stage of
# length tau; the mass at its start is a vector of nodal masses, integrated on the mesh of then.
# Vertex quadrature makes every term a sum over edges of the mesh, so that kx and kz can be fitted
# to the flow along an edge; K keeps what the slope of the layers adds.
import basix.ufl
from ufl import (
    Coefficient,
    Constant,
    FunctionSpace,
    Jacobian,
    Mesh,
    TestFunction,
    TrialFunction,
    dot,
    dx,
    grad,
)

domain = Mesh(basix.ufl.element("Lagrange", "quadrilateral", 1, shape=(2,)))
V = FunctionSpace(domain, basix.ufl.element("Lagrange", "quadrilateral", 1))
W = FunctionSpace(domain, basix.ufl.element("DG", "quadrilateral", 1))
d, v = TrialFunction(V), TestFunction(V)
phi, c = Coefficient(V), Coefficient(V)
kx, kz, K, q, w = (Coefficient(W) for _ in range(5))
tau = Constant(domain)
J = Jacobian(domain)
dv = dx(metadata={"quadrature_rule": "vertex", "quadrature_degree": 1})


def along(f):
    """Derivative along a layer of the mesh, over y."""
    return dot(J[:, 0], grad(f)) / J[0, 0]


def spread(f):
    return (
        kx * along(f) * along(v)
        + kz * f.dx(1) * v.dx(1)
        + K * (dot(grad(f), grad(v)) - along(f) * along(v) - f.dx(1) * v.dx(1))
    )


def carried(f):
    return f * (q * along(v) + w * v.dx(1))


a = (phi * d * v + tau * (spread(d) - carried(d))) * dv
b = (tau * (carried(c) - spread(c)) - phi * c * v) * dv
mass = phi * c * v * dv
forms = [a, b, mass]
