"""A world map from shipped shapes: no network, no projection library.

Shapes: ``knowledge/shapes/world.json`` (Natural Earth, public domain). Projection: Equal Earth
(Šavrič, Patterson, Jenny 2018), which keeps areas true.
"""

import json
import math
from functools import cache

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.patheffects import withStroke

from conflict_minerals.ground import library

LAND, EDGE, SEA, INK = "#e6e6e2", "#ffffff", "#f7f9fb", "#1f2933"
# Square points of a circle: of the largest, the smallest, and from which a number has room in it.
_LARGEST, _SMALLEST, _WITH_TEXT = 2000, 45, 130
_A = (1.340264, -0.081106, 0.000893, 0.003796)
# The coloured part of the world: nothing is refined in Antarctica.
_SOUTH, _NORTH = -56, 84


def project(longitude, latitude) -> tuple[np.ndarray, np.ndarray]:
    """Equal Earth x and y of longitudes and latitudes in degrees."""
    lam, phi = np.radians(longitude), np.radians(latitude)
    theta = np.arcsin(math.sqrt(3) / 2 * np.sin(phi))
    t2 = theta * theta
    t6 = t2 * t2 * t2
    slope = _A[0] + 3 * _A[1] * t2 + t6 * (7 * _A[2] + 9 * _A[3] * t2)
    x = 2 * math.sqrt(3) * lam * np.cos(theta) / (3 * slope)
    y = theta * (_A[0] + _A[1] * t2 + t6 * (_A[2] + _A[3] * t2))
    return x, y


@cache
def _world() -> tuple[list[tuple[str, Path]], dict[str, tuple[float, float]]]:
    """Paths with their country codes, and a point a country."""
    data = json.loads(library.text("shapes/world.json"))
    scale = data["scale"]
    arcs = [np.cumsum(np.array(a).reshape(-1, 2), axis=0) / scale for a in data["arcs"]]
    shapes = []
    for code, polygons in data["countries"]:
        if code == "ATA":
            continue
        rings = [_ring(ring, arcs) for polygon in polygons for ring in polygon]
        shapes.append((code, _path(rings)))
    points = {}
    for code, (longitude, latitude) in data["points"].items():
        x, y = project(longitude, latitude)
        points[code] = (float(x), float(y))
    return shapes, points


def _ring(arcs_of: list[int], arcs: list[np.ndarray]) -> np.ndarray:
    parts = [arcs[a] if a >= 0 else arcs[~a][::-1] for a in arcs_of]
    ring = np.concatenate([parts[0], *(part[1:] for part in parts[1:])])
    # A ring that crosses the date line runs on beyond 180 degrees.
    steps = np.diff(ring[:, 0], prepend=ring[0, 0])
    turns = np.cumsum(np.where(steps < -180, 360, np.where(steps > 180, -360, 0)))
    return np.column_stack([ring[:, 0] + turns, ring[:, 1]])


def _path(rings: list[np.ndarray]) -> Path:
    vertices, codes = [], []
    for ring in _both_sides(rings):
        x, y = project(ring[:, 0], ring[:, 1])
        vertices.append(np.column_stack([x, y]))
        codes += [Path.MOVETO, *[Path.LINETO] * (len(ring) - 2), Path.CLOSEPOLY]
    return Path(np.concatenate(vertices), codes)


def _both_sides(rings: list[np.ndarray]) -> list[np.ndarray]:
    """Rings, and once more on the other side those that cross the date line; the edge of the
    world clips both."""
    out = []
    for ring in rings:
        out.append(ring)
        if ring[:, 0].max() > 180:
            out.append(ring - [360, 0])
        elif ring[:, 0].min() < -180:
            out.append(ring + [360, 0])
    return out


def draw(axes: Axes) -> None:
    """Draw the world as plain land."""
    edge = _edge(axes)
    land = PathCollection([path for _, path in _world()[0]], facecolors=LAND, edgecolors=EDGE,
                          linewidths=0.45, zorder=2)
    axes.add_collection(land)
    land.set_clip_path(edge)
    axes.set_aspect("equal")


def _edge(axes: Axes) -> PathPatch:
    """The sea within the edge of the world, and the axes laid around it."""
    down = np.linspace(_NORTH, _SOUTH, 60)
    right = project(np.full(60, 180.0), down)
    left = project(np.full(60, -180.0), down[::-1])
    outline = np.column_stack([np.concatenate([right[i], left[i]]) for i in (0, 1)])
    edge = PathPatch(Path(np.vstack([outline, outline[:1]])), facecolor=SEA, edgecolor="#c9d3da",
                     linewidth=0.6, zorder=1)
    axes.add_patch(edge)
    axes.set_xlim(-2.72, 2.72)
    axes.set_ylim(float(project(0, _SOUTH)[1]) - 0.02, float(project(0, _NORTH)[1]) + 0.02)
    axes.axis("off")
    return edge


def window(axes: Axes, west: float, east: float, south: float, north: float) -> None:
    """Show that part of the world alone, in degrees, within a frame."""
    x, y = project(np.array([west, east, (west + east) / 2, (west + east) / 2]),
                   np.array([south, south, south, north]))
    axes.set_xlim(float(x[0]), float(x[1]))
    axes.set_ylim(float(y[2]), float(y[3]))
    axes.axis("on")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_color("#8a949c")
    axes.set_facecolor(SEA)


def circle(axes: Axes, code: str, parts: list[tuple[float, str]], share: float, text: str) -> None:
    """Draw a circle on a country, parted into shares of colours, with a text on it.

    ``share``: its area, of the largest there is; the smallest can still be seen.
    """
    x, y = _world()[1][code]
    size, start = max(_LARGEST * share, _SMALLEST), 0.25
    axes.scatter([x], [y], s=size, color="white", edgecolors=INK, linewidths=0.6, zorder=4)
    for part, colour in parts:
        if part:
            turns = 2 * np.pi * np.linspace(start, start - part, 40)
            rim = np.column_stack([np.cos(turns), np.sin(turns)])
            shape = rim if part == 1 else np.vstack([[0, 0], rim])
            # A marker is drawn as large as its farthest point asks.
            axes.scatter([x], [y], marker=shape, s=size * np.abs(shape).max() ** 2,
                         facecolor=colour, linewidths=0, zorder=5)
            start -= part
    inside = size > _WITH_TEXT
    axes.annotate(
        text, (x, y), xytext=(0, 0) if inside else (math.sqrt(size) / 2 + 1, 0),
        textcoords="offset points", ha="center" if inside else "left", va="center", fontsize=7,
        color=INK, zorder=6, path_effects=[withStroke(linewidth=1.9, foreground="white")],
    )


def placeable(code: str) -> bool:
    """Whether the map can show the country."""
    return code in _world()[1]
