"""Reads files of scenarios: includes, templates, parameters.

All of it happens on nodes, before they are decoded, so that every mistake keeps its file and line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import yaml

from tcbsplit.config.decode import Decoder, missing
from tcbsplit.config.document import Mistakes, read, scalar
from tcbsplit.config.scenario import Parameter, Scenario
from tcbsplit.config.scenario_rules import RESERVED
from tcbsplit.errors import ConfigError, near

_PARAMETER = re.compile(r"\$\{([^{}]*)\}")
_LEFT, _RIGHT = "\ue000", "\ue001"  # round the name of a parameter that has no value


@dataclass
class Scenarios:
    """What a file of scenarios and those that it includes hold."""

    scenarios: dict[str, Scenario] = field(default_factory=dict)
    parameters: dict[str, Parameter] = field(default_factory=dict)


@dataclass
class _Nodes:
    """The mappings of several files: name -> node."""

    files: set[Path] = field(default_factory=set)
    parameters: dict[str, tuple[Path, yaml.Node]] = field(default_factory=dict)
    templates: dict[str, tuple[Path, yaml.Node]] = field(default_factory=dict)
    scenarios: dict[str, tuple[Path, yaml.Node]] = field(default_factory=dict)


def read_scenarios(path: Path, given: Mapping[str, str], mistakes: Mistakes) -> Scenarios:
    """Return what the file at ``path`` holds; ``given`` are values of parameters (``--set``)."""
    nodes = _Nodes()
    _gather(path, nodes, mistakes)
    found = Scenarios()
    for name, (file, node) in nodes.parameters.items():
        value = Decoder(file, mistakes).value(node, Parameter, f"parameters.{name}")
        if name in RESERVED:
            mistakes.add(file, node, f"parameters.{name}", "is the name of a build")
        if not missing(value):
            found.parameters[name] = value
    values = _values(found.parameters, given, path)
    for name, (file, node) in nodes.scenarios.items():
        whole = _with_base(node, nodes, (name,), file, mistakes)
        _substitute(whole, values, file, mistakes, set())
        value = Decoder(file, mistakes).value(whole, Scenario, name)
        if not missing(value):
            found.scenarios[name] = value
    return found


def without_value(scenario: Scenario) -> tuple[str, ...]:
    """The parameters of a scenario that nobody gave a value."""
    text = msgspec.json.encode(scenario).decode()
    return tuple(dict.fromkeys(re.findall(f"{_LEFT}(.*?){_RIGHT}", text)))


def _gather(path: Path, nodes: _Nodes, mistakes: Mistakes) -> None:
    if path.resolve() in nodes.files:
        return
    nodes.files.add(path.resolve())
    try:
        document = read(path)
    except ConfigError as error:
        mistakes.take(path, error)
        return
    parts = {"include", "parameters", "templates", "scenarios"}
    for key, value in _pairs(document, path, "", mistakes):
        if key.value not in parts:
            hint = near(str(key.value), parts) or f" (known here: {', '.join(sorted(parts))})"
            mistakes.add(path, key, str(key.value), f"unknown key{hint}")
        elif key.value == "include":
            for name in Decoder(path, mistakes).value(value, tuple[str, ...], "include") or ():
                if (path.parent / name).is_file():
                    _gather(path.parent / name, nodes, mistakes)
                else:
                    mistakes.add(path, value, "include", f"{path.parent / name}: no such file")
        else:
            known = getattr(nodes, key.value)
            for name, inner in _pairs(value, path, str(key.value), mistakes):
                if name.value in known:
                    mistakes.add(path, name, f"{key.value}.{name.value}", "given twice")
                known[str(name.value)] = (path, inner)


def _pairs(
    node: yaml.Node, path: Path, where: str, mistakes: Mistakes
) -> list[tuple[yaml.ScalarNode, yaml.Node]]:
    if not isinstance(node, yaml.MappingNode):
        mistakes.add(path, node, where, "must be a mapping")
        return []
    return [(k, v) for k, v in node.value if isinstance(k, yaml.ScalarNode)]


def _with_base(
    node: yaml.Node, nodes: _Nodes, chain: tuple[str, ...], file: Path, mistakes: Mistakes
) -> yaml.Node:
    """The node with the keys of its base that it has not itself."""
    if not isinstance(node, yaml.MappingNode):
        return node
    own = [(k, v) for k, v in node.value if k.value != "base"]
    base = next((v for k, v in node.value if k.value == "base"), None)
    if base is not None:
        known = {**nodes.scenarios, **nodes.templates}
        name = str(base.value)
        if name in chain:
            mistakes.add(file, base, f"{chain[0]}.base", f"{' -> '.join((*chain, name))}: a circle")
        elif name not in known:
            mistakes.add(
                file, base, f"{chain[0]}.base", f"no template or scenario {name}{near(name, known)}"
            )
        else:
            where, inner = known[name]
            whole = _with_base(inner, nodes, (*chain, name), where, mistakes)
            given = {k.value for k, _ in own}
            if isinstance(whole, yaml.MappingNode):
                own += [(k, v) for k, v in whole.value if k.value not in given]
    return yaml.MappingNode(node.tag, own, node.start_mark, node.end_mark)


def _values(
    parameters: Mapping[str, Parameter], given: Mapping[str, str], path: Path
) -> dict[str, str | None]:
    """The value of each parameter; a file's starts where the user, or the file, stands."""
    wrong = [
        f"--set {n}: no parameter {n}{near(n, parameters)}; there are: "
        f"{', '.join((*parameters, *RESERVED))}"
        for n in given
        if n not in parameters and n not in RESERVED
    ]
    wrong += [f"--set {n}: must not have braces" for n, v in given.items() if set(v) & set("{}")]
    if wrong:
        raise ConfigError("\n".join(wrong))
    result: dict[str, str | None] = {}
    for name, parameter in parameters.items():
        value = given.get(name, parameter.default)
        if parameter.kind == "file" and value:
            value = str((Path.cwd() if name in given else path.resolve().parent) / value)
        result[name] = value
    return result


def _substitute(
    node: yaml.Node,
    values: Mapping[str, str | None],
    path: Path,
    mistakes: Mistakes,
    done: set[int],
) -> None:
    """Replace ``${NAME}`` in all scalars below ``node`` (anchored nodes occur several times)."""
    if id(node) in done:
        return
    done.add(id(node))
    if isinstance(node, yaml.ScalarNode):
        if isinstance(scalar(node), str) and "${" in node.value:

            def value(match: re.Match[str]) -> str:
                name = match[1]
                if name not in values:
                    known = ", ".join(values) or "none"
                    mistakes.add(path, node, "", f"no parameter {name} (there are: {known})")
                found = values.get(name)
                return f"{_LEFT}{name}{_RIGHT}" if found is None else found

            node.value = _PARAMETER.sub(value, node.value)
    elif isinstance(node, yaml.SequenceNode):
        for inner in node.value:
            _substitute(inner, values, path, mistakes, done)
    elif isinstance(node, yaml.MappingNode):
        for key, inner in node.value:
            _substitute(key, values, path, mistakes, done)
            _substitute(inner, values, path, mistakes, done)
