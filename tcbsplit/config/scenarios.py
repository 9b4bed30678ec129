# SPDX-License-Identifier: MIT
"""Read files of scenarios: includes, templates, parameters.

This works on YAML nodes, before decoding, so that every mistake keeps its file and line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import yaml

from tcbsplit.config.decode import decode
from tcbsplit.config.document import Mistakes, pairs, scalar, shown, usable
from tcbsplit.config.scenario import Parameter, Scenario
from tcbsplit.config.scenario_rules import RESERVED
from tcbsplit.errors import ConfigError, near
from tcbsplit.model.vocabulary import ParameterKind

_PARAMETER = re.compile(r"\$\{([^{}]*)\}")


@dataclass
class _Nodes:
    """The mappings of several files: name -> node."""

    files: set[Path] = field(default_factory=set)
    parameters: dict[str, yaml.Node] = field(default_factory=dict)
    templates: dict[str, yaml.Node] = field(default_factory=dict)
    scenarios: dict[str, yaml.Node] = field(default_factory=dict)


def read_scenarios(
    path: Path, given: Mapping[str, str], mistakes: Mistakes
) -> tuple[dict[str, Scenario], dict[str, Parameter]]:
    """Return the scenarios and parameters of the file at ``path`` and its included files.

    ``given`` are values of parameters (``--set``). Record mistakes in ``mistakes``; raise
    ``ConfigError`` for those in ``given``.
    """
    nodes = _Nodes()
    _gather(path, nodes, mistakes)
    parameters: dict[str, Parameter] = {}
    for name, node in nodes.parameters.items():
        if name in RESERVED:
            mistakes.add(node, "is the name of a build")
        if (parameter := decode(node, Parameter, mistakes)) is not None:
            parameters[name] = parameter
    values = _values(parameters, given, path)
    wholes = {n: _with_base(v, nodes, (n,), mistakes) for n, v in nodes.scenarios.items()}
    # Scenarios share the nodes of a template: read all of them before changing one.
    used = {
        name: dict.fromkeys(p for text in _scalars(whole) for p in _parameters_in(text))
        for name, whole in wholes.items()
    }
    scenarios: dict[str, Scenario] = {}
    for name, whole in wholes.items():
        for node in _scalars(whole):
            _substitute(node, values, mistakes)
        if (scenario := decode(whole, Scenario, mistakes)) is not None:
            lacking = tuple(p for p in used[name] if p in values and values[p] is None)
            scenarios[name] = msgspec.structs.replace(scenario, lacking=lacking)
    return scenarios, parameters


def _gather(path: Path, nodes: _Nodes, mistakes: Mistakes) -> None:
    if path.resolve() in nodes.files:
        return
    nodes.files.add(path.resolve())
    try:
        document = mistakes.read(path)
    except ConfigError as error:
        mistakes.take(path, error)
        return
    parts = ("include", "parameters", "scenarios", "templates")
    for key, value in _mapping(document, mistakes):
        if key.value not in parts:
            hint = near(str(key.value), parts) or f" (known here: {', '.join(parts)})"
            mistakes.add(key, f"unknown key{hint}")
        elif key.value == "include":
            for included in decode(value, tuple[Path, ...], mistakes) or ():
                if usable(path.parent / included):
                    _gather(path.parent / included, nodes, mistakes)
                else:
                    mistakes.add(value, f"{path.parent / included}: no such file")
        else:
            known = getattr(nodes, key.value)
            for name, inner in _mapping(value, mistakes):
                if name.value in known:
                    mistakes.add(name, "given twice")
                known[str(name.value)] = inner


def _mapping(node: yaml.Node, mistakes: Mistakes) -> list[tuple[yaml.ScalarNode, yaml.Node]]:
    if not isinstance(node, yaml.MappingNode):
        mistakes.add(node, f"must be a mapping, not {shown(node)}")
    return pairs(node)


def _with_base(
    node: yaml.Node, nodes: _Nodes, chain: tuple[str, ...], mistakes: Mistakes
) -> yaml.Node:
    """Return the node with the keys of its base that it does not give."""
    if not isinstance(node, yaml.MappingNode):
        return node
    own = [(k, v) for k, v in node.value if k.value != "base"]
    base = next((v for k, v in node.value if k.value == "base"), None)
    if base is not None:
        known = {**nodes.scenarios, **nodes.templates}
        name = str(base.value)
        if name in chain:
            mistakes.add(base, f"{' -> '.join((*chain, name))}: a circle")
        elif name not in known:
            mistakes.add(base, f"no template or scenario {name}{near(name, known)}")
        else:
            whole = _with_base(known[name], nodes, (*chain, name), mistakes)
            given = {k.value for k, _ in own}
            own += [(k, v) for k, v in pairs(whole) if k.value not in given]
    merged = yaml.MappingNode(node.tag, own, node.start_mark, node.end_mark)
    mistakes.copy_name(merged, node)
    return merged


def _values(
    parameters: Mapping[str, Parameter], given: Mapping[str, str], path: Path
) -> dict[str, str | None]:
    """Return the value of each parameter, None if it has none.

    A relative path from ``given`` starts at the working folder, a default at the scenario file.
    """
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
        if parameter.kind is ParameterKind.FILE and value:
            value = str((Path.cwd() if name in given else path.resolve().parent) / value)
        result[name] = value
    return result


def _scalars(node: yaml.Node, seen: set[yaml.Node] | None = None) -> Iterator[yaml.ScalarNode]:
    """Yield the scalars below ``node``, each once even if an alias repeats it."""
    seen = set() if seen is None else seen
    if node in seen:
        return
    seen.add(node)
    if isinstance(node, yaml.ScalarNode):
        yield node
    elif isinstance(node, yaml.SequenceNode):
        for inner in node.value:
            yield from _scalars(inner, seen)
    elif isinstance(node, yaml.MappingNode):
        for pair in node.value:
            for inner in pair:
                yield from _scalars(inner, seen)


def _parameters_in(node: yaml.ScalarNode) -> list[str]:
    """Return the names of the parameters that a text uses."""
    uses = "${" in node.value and isinstance(scalar(node), str)
    return _PARAMETER.findall(node.value) if uses else []


def _substitute(
    node: yaml.ScalarNode, values: Mapping[str, str | None], mistakes: Mistakes
) -> None:
    """Replace ``${NAME}`` by the parameter's value, or by NAME if it has none."""
    for name in _parameters_in(node):
        if name not in values:
            mistakes.add(node, f"no parameter {name} (there are: {', '.join(values) or 'none'})")
        value = values.get(name)
        node.value = node.value.replace(f"${{{name}}}", name if value is None else value)
