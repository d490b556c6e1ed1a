"""pyproject.toml is the one source of dependencies; the other files agree with it."""

import re
import tomllib
from importlib import metadata
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
# conda-forge's names for the same packages.
CONDA_NAMES = {"python-duckdb": "duckdb", "matplotlib-base": "matplotlib"}


def _required(*extras: str) -> dict[str, str]:
    lines = PROJECT["dependencies"] + [
        line for extra in extras for line in PROJECT["optional-dependencies"][extra]
    ]
    every = [Requirement(line) for line in lines]
    return {canonicalize_name(r.name): str(r.specifier) for r in every}


def test_environment_yml_has_the_bounds_of_pyproject():
    listed = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    pip_lines = next(item["pip"] for item in listed if isinstance(item, dict))
    assert "-e .[lab,test]" in pip_lines
    lines = [item for item in listed if isinstance(item, str)]
    lines += [line for line in pip_lines if not line.startswith("-e")]
    found = {canonicalize_name(CONDA_NAMES.get(r.name, r.name)): str(r.specifier)
             for r in map(Requirement, lines)}
    assert found.pop("python") == PROJECT["requires-python"]
    found.pop("pip"), found.pop("make")
    expected = _required("lab", "test")
    assert {name: expected.get(name) for name in found} == found
    assert not set(_required()) - set(found), "a package that the chain needs is missing"


def test_environment_yml_never_uses_the_commercial_channel():
    channels = yaml.safe_load((ROOT / "environment.yml").read_text())["channels"]
    assert channels == ["conda-forge", "nodefaults"]


def test_constraints_pin_every_dependency_within_its_bounds_and_name_no_host():
    text = (ROOT / "constraints.txt").read_text()
    pins = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            requirement = Requirement(line)
            pins[canonicalize_name(requirement.name)] = requirement
    for name, bounds in _required("lab", "test", "dask", "bench").items():
        assert name in pins, f"{name} is not pinned"
        version = str(pins[name].specifier).removeprefix("==")
        assert Requirement(f"{name}{bounds}").specifier.contains(version)
    assert not re.search(r"https?://|@ ", text)


def test_pyproject_names_every_package_whose_licence_is_not_permissive():
    found = set()
    for one in metadata.distributions():
        told = [*(one.metadata.get_all("Classifier") or []),
                (one.metadata.get("License") or "")[:80],  # some give their whole text
                one.metadata.get("License-Expression") or ""]
        if re.search(r"\b[AL]?GPL|\bMPL\b|Mozilla Public|General Public", " ".join(told)):
            found.add(one.name.lower())
    remarks = [line for line in (ROOT / "pyproject.toml").read_text().splitlines() if "MPL" in line
               or "certifi" in line]  # fmt: skip
    assert {name for name in found if name in _locked()} == set(
        re.findall("tqdm|hypothesis|certifi|fqdn", " ".join(remarks)))


def _locked() -> set[str]:
    text = (ROOT / "requirements.lock").read_text()
    return set(re.findall(r"^([\w.-]+)==", text, re.M))


def test_each_dependency_says_why_it_is_there():
    text = (ROOT / "pyproject.toml").read_text()
    listed = re.findall(r'^    "[a-zA-Z][\w-]*[><=].*$', text, re.M)
    assert len(listed) == len(_required("lab", "test", "dask", "bench"))
    assert all("#" in line for line in listed)
