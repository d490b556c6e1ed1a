"""Make the shapes of the world map (``shapes/world.json``) again from the npm package world-atlas.

    npm pack world-atlas@2.0.2
    python tools/make_world_shapes.py world-atlas-2.0.2.tgz

The package (ISC licence, Michael Bostock) holds Natural Earth's 1:50m countries (public domain)
as TopoJSON. Kept are the borders, simplified along the arcs that neighbours share, so that no
gaps open between them, and the ISO 3166 code of each country; islands too small to be seen are
left out unless they are all that a country has. Small countries and those without a shape are
drawn as dots at the points of the same file.
"""

import json
import sys
import tarfile
from pathlib import Path

from conflict_minerals.ground import library

TARGET = Path(__file__).parents[1] / "src/conflict_minerals/knowledge/pictures/shapes/world.json"
TOLERANCE = 0.12  # degrees: a third of a pixel of the map as it is drawn
SMALLEST = 0.15  # square degrees of an island that is kept
SCALE = 100  # coordinates are whole hundredths of a degree
# Countries of ISO 3166 without a shape of their own in the 1:50m file: a point each, in degrees.
POINTS = {
    "BES": (-68, 12), "BVT": (3, -54), "CCK": (97, -12), "CXR": (106, -10), "GIB": (-5, 36),
    "GLP": (-62, 16), "GUF": (-53, 4), "MTQ": (-61, 15), "MYT": (45, -13), "REU": (56, -21),
    "SJM": (16, 78), "TKL": (-172, -9), "TUV": (179, -8), "UMI": (-177, 28),
}
# Shapes that Natural Earth draws with another country than ISO 3166 lists them under: from, to, and
# west, south, east, north of the shape in degrees. ISO 3166-2 lists Crimea as UA-43.
MOVED = [("RUS", "UKR", (32, 44, 37, 46.5))]


def main(package: str) -> None:
    with tarfile.open(package) as tar:
        world = json.load(tar.extractfile("package/countries-50m.json"))
    (sx, sy), (tx, ty) = world["transform"]["scale"], world["transform"]["translate"]
    arcs = [_absolute(arc, sx, sy, tx, ty) for arc in world["arcs"]]
    numeric = dict(library.table("countries")[["numeric", "iso3"]].values)
    shapes = []
    for geometry in world["objects"]["countries"]["geometries"]:
        polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
        shapes.append([numeric.get(geometry.get("id", ""), ""), polygons])
    shapes = [[code, _large(polygons, arcs)] for code, polygons in shapes]
    for one, other, box in MOVED:
        _move(shapes, arcs, one, other, box)
    # Some codes have two geometries, a country and an outlying island: the larger gives the point.
    by_size = sorted(shapes, key=lambda s: max(_area(_ring(p[0], arcs)) for p in s[1]))
    points = {code: _middle(polygons, arcs) for code, polygons in by_size if code}
    points |= {code: list(at) for code, at in POINTS.items() if code not in points}
    missing = set(numeric.values()) - set(points)
    if missing:
        raise SystemExit(f"no shape and no point for {sorted(missing)}")
    used = sorted({a if a >= 0 else ~a for _, ps in shapes for p in ps for ring in p for a in ring})
    place = {arc: i for i, arc in enumerate(used)}
    data = {
        "source": "Natural Earth 4.1.0, 1:50m countries (public domain), from world-atlas 2.0.2",
        "as_of": "2026-11-22",
        "scale": SCALE,
        "points": dict(sorted(points.items())),
        "arcs": [_deltas(_simplify(arcs[arc])) for arc in used],
        "countries": [
            [code, [[[place[a] if a >= 0 else ~place[~a] for a in ring] for ring in polygon]
                    for polygon in polygons]]
            for code, polygons in sorted(shapes, key=lambda s: (s[0], str(s[1])))
        ],
    }
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(data, separators=(",", ":")).replace('],["', '],\n["')
    TARGET.write_text(text + "\n", encoding="utf-8")


def _move(shapes, arcs, one: str, other: str, box: tuple) -> None:
    """Take the polygons within the box from the shapes of one country to those of another."""
    west, south, east, north = box
    taken = []
    for code, polygons in shapes:
        for polygon in list(polygons) if code == one else []:
            xs, ys = zip(*_ring(polygon[0], arcs), strict=True)
            if west < min(xs) and max(xs) < east and south < min(ys) and max(ys) < north:
                polygons.remove(polygon)
                taken.append(polygon)
    next(polygons for code, polygons in shapes if code == other).extend(taken)


def _absolute(arc, sx, sy, tx, ty):
    x = y = 0
    points = []
    for dx, dy in arc:
        x, y = x + dx, y + dy
        points.append((x * sx + tx, y * sy + ty))
    return points


def _ring(ring, arcs):
    points = []
    for arc in ring:
        part = arcs[arc] if arc >= 0 else arcs[~arc][::-1]
        points += part[1 if points else 0 :]
    return points


def _area(points):
    pairs = zip(points, points[1:] + points[:1], strict=True)
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairs)) / 2


def _large(polygons, arcs):
    """Polygons of a visible size; the largest alone where none is."""
    sized = sorted(polygons, key=lambda p: -_area(_unwrapped(_ring(p[0], arcs))))
    kept = [p for p in polygons if _area(_unwrapped(_ring(p[0], arcs))) >= SMALLEST]
    return kept or sized[:1]


def _middle(polygons, arcs):
    """Middle of the largest polygon, in whole hundredths of a degree of the mean of its points."""
    ring = max((_unwrapped(_ring(p[0], arcs)) for p in polygons), key=_area)
    area = sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(ring, ring[1:], strict=False)) / 2
    if abs(area) < 1e-9:
        return [round(sum(c) / len(ring), 2) for c in zip(*ring, strict=True)]
    cx = cy = 0.0
    for (x1, y1), (x2, y2) in zip(ring, ring[1:], strict=False):
        cross = x1 * y2 - x2 * y1
        cx, cy = cx + (x1 + x2) * cross, cy + (y1 + y2) * cross
    return [round(cx / (6 * area), 2), round(cy / (6 * area), 2)]


def _unwrapped(points):
    """Longitudes made to run on across the date line."""
    out, shift = [points[0]], 0
    for (x1, _), (x2, y2) in zip(points, points[1:], strict=False):
        shift += 360 if x2 - x1 < -180 else -360 if x2 - x1 > 180 else 0
        out.append((x2 + shift, y2))
    return out


def _simplify(points):
    """Douglas and Peucker's thinning; both ends of an arc stay, so that neighbours still meet."""
    if len(points) < 3:
        return points
    (x1, y1), (x2, y2) = points[0], points[-1]
    length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
    far, at = 0.0, 0
    for i, (x, y) in enumerate(points[1:-1], 1):
        if length:
            gap = abs((x2 - x1) * (y1 - y) - (x1 - x) * (y2 - y1)) / length
        else:
            gap = ((x - x1) ** 2 + (y - y1) ** 2) ** 0.5
        if gap > far:
            far, at = gap, i
    if far <= TOLERANCE and length:
        return [points[0], points[-1]]
    if not at:
        return points
    return _simplify(points[: at + 1])[:-1] + _simplify(points[at:])


def _deltas(points):
    whole = [(round(x * SCALE), round(y * SCALE)) for x, y in points]
    out = list(whole[0])
    for (x1, y1), (x2, y2) in zip(whole, whole[1:], strict=False):
        out += [x2 - x1, y2 - y1]
    return out


if __name__ == "__main__":
    main(sys.argv[1])
