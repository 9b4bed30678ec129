# SPDX-License-Identifier: MIT
"""Find names of a configuration that match nothing, before any unit is read.

Compare files with the tree and the compile database, attributes and registries with the known ones,
flags with the commands, and names with each other. Other names are checked in the program later.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain

from tcbsplit.config.erasing_settings import LinkerPlace
from tcbsplit.config.name import Name, at, optional
from tcbsplit.config.select import file_pattern, glob, may_mean, wrong_selector
from tcbsplit.config.settings import GlueList, GlueSettings, Settings
from tcbsplit.errors import near
from tcbsplit.model.unit import CompileCommand


def void(
    settings: Settings,
    entries: Collection[tuple[str, ...]],
    commands: Sequence[CompileCommand],
    files: Collection[str],
) -> list[str]:
    """Return a complaint for every name that matches nothing, and for names that contradict.

    ``entries`` are the names of source and output of each entry of the compile database,
    ``commands`` those of this image, ``files`` the paths of the tree. Paths of commands and files
    are relative to the tree.
    """
    sources = dict.fromkeys(c.file for c in commands)
    known = [*sources, *sorted(set(files) - sources.keys())]
    registries = [r.name for r in settings.registries]
    return [
        *_exclude(settings, entries),
        *_components(settings, known),
        *(
            f"{at(record, setting)}: {wrong}"
            for setting, name, record in _named(settings)
            if not optional(record)
            for wrong in [wrong_selector(name, registries) or _no_file(name, known, sources)]
            if wrong
        ),
        *_flags(settings, commands),
        *_glue(settings, known),
        *_at_odds(settings),
    ]


def _exclude(settings: Settings, entries: Collection[tuple[str, ...]]) -> Iterator[str]:
    paths = list(dict.fromkeys(chain.from_iterable(entries)))
    for pattern in settings.exclude:
        if not optional(pattern) and not any(map(glob(pattern), paths)):
            yield (
                f"{at(pattern, 'exclude')}: no source or output in the compile database is "
                f"{pattern}{near(pattern, paths)}"
            )


def _components(settings: Settings, files: Sequence[str]) -> Iterator[str]:
    """Yield complaints about components; a file belongs to the first component that matches."""
    taken: dict[str, str] = {}
    for component, patterns in settings.components.items():
        fresh: set[str] = set()
        for pattern in patterns:
            found = list(filter(glob(pattern), files))
            fresh.update(f for f in found if f not in taken)
            if optional(pattern) or fresh.intersection(found):
                continue
            where = at(pattern, f"components.{component}")
            if found:
                yield f"{where}: every file that is {pattern} belongs to {taken[found[0]]} already"
            else:
                yield f"{where}: no file of the tree is {pattern}{near(pattern, files)}"
        taken.update(dict.fromkeys(fresh, component))


def _named(settings: Settings) -> Iterator[tuple[str, str, object]]:
    """Yield (setting, name or pattern, the name or record with its place and ``optional``)."""
    lists: dict[str, Iterable[Name]] = {
        "roots.boot": settings.roots.boot,
        "roots.runtime": settings.roots.runtime,
        "roots.boot_only": settings.roots.boot_only,
        "launch": settings.launch,
        "preprocess": settings.preprocess,
        "pinned": settings.pinned,
        "handoff.secret": settings.handoff.secret,
    }
    if settings.split is not None:
        guest = settings.split.guest
        lists["split.glue.uses"] = settings.split.glue.uses
        lists["split.guest.entries"] = guest.entries
        lists["split.guest.provides"] = guest.provides
        lists["split.guest.uses"] = guest.uses
        retire = settings.split.retire
        yield from (("split.retire.keep", k.name, k) for k in (retire.keep if retire else ()))
    for setting, names in lists.items():
        yield from ((setting, name, name) for name in names)
    for registry in settings.registries:
        for name in (registry.dispatch, registry.register, *registry.keys):
            yield f"registry {registry.name}", name, registry
    for bridge in settings.bridges:
        yield from (("bridge", name, bridge) for name in (bridge.caller, bridge.callee))
    for cut in settings.cuts:
        yield from (("cut", name, cut) for name in (cut.caller, cut.callee))
    for start in settings.order.starts:
        yield from (("order.starts", name, start) for name in (start.caller, start.callee))
    for variable in settings.handoff.include:
        yield "handoff.include", variable.name, variable
    for given in settings.handoff.inputs:
        yield "handoff.inputs", given.name, given
    for variable in settings.handoff.exclude:
        yield "handoff.exclude", variable.name, variable


def _no_file(name: str, files: Iterable[str], sources: Iterable[str]) -> str:
    """Return a complaint about a pattern of files, or of names in files, that do not exist."""
    pattern = file_pattern(name)
    if not pattern or any(may_mean(pattern, f) for f in files):
        return ""
    path = pattern.partition(":")[0]
    return f"{name}: no file of the tree is {path}{near(path, sources)}"


def _flags(settings: Settings, commands: Sequence[CompileCommand]) -> Iterator[str]:
    flags = settings.split.guest.drop_flags if settings.split is not None else ()
    if missing := [f for f in flags if not optional(f)]:
        known = set(chain.from_iterable(c.arguments for c in commands))
        for flag in missing:
            if flag not in known:
                where = at(flag, "split.guest.drop_flags")
                yield f"{where}: no compile command has {flag}{near(flag, known)}"


def _glue(settings: Settings, files: Collection[str]) -> Iterator[str]:
    if settings.split is None:
        return
    glue: GlueSettings = settings.split.glue
    if glue.include_in and glue.include_in not in files:
        hint = near(glue.include_in, files)
        yield f"{at(glue, 'split.glue.include_in')}: no file {glue.include_in} in the tree{hint}"
    if glue.list is not None:
        yield from _line(settings, glue.list, "split.glue.list", files)
    if settings.split.retire is not None:
        yield from _line(settings, settings.split.retire.linker, "split.retire.linker", files)


def _line(
    settings: Settings, place: GlueList | LinkerPlace, setting: str, files: Collection[str]
) -> Iterator[str]:
    """Yield a complaint about a file, or a line in it, that is not there."""
    where = at(place, setting)
    if place.file not in files:
        yield f"{where}.file: no file {place.file} in the tree{near(place.file, files)}"
        return
    text = (settings.source / place.file).read_text(encoding="utf-8", errors="replace")
    if place.after not in text:
        hint = near(place.after, text.splitlines())
        yield f"{where}.after: no line of {place.file} has {place.after!r}{hint}"


def _at_odds(settings: Settings) -> Iterator[str]:
    roots, moved = settings.roots, settings.preprocess
    for setting, names in (
        ("roots.boot", roots.boot),
        ("roots.runtime", roots.runtime),
        ("launch", settings.launch),
    ):
        for name in names:
            if name in moved:
                both = f"{name} is in {setting} and designated preprocess; it cannot be both"
                yield f"{at(name, setting)}: {both}"
    for name in roots.boot_only:
        if name in roots.runtime:
            both = f"{name} is in roots.runtime and in roots.boot_only; it can be only one of them"
            yield f"{at(name, 'roots.boot_only')}: {both}"
    handoff = settings.handoff
    left_out = {v.name for v in handoff.exclude}
    for wanted in handoff.include:
        if wanted.name in left_out:
            yield f"{at(wanted, 'handoff.include')}: {wanted.name} is excluded, too"
    for secret in handoff.secret:
        if secret in left_out:
            where = at(secret, "handoff.secret")
            yield f"{where}: {secret} is excluded, too: it is not sent, so it is not wiped"
    for what, record in _twice(settings):
        yield f"{at(record, what)}: is given twice; the second would mean nothing"


def _twice(settings: Settings) -> Iterator[tuple[str, object]]:
    """Yield (kind, record) for each record that repeats the name of an earlier one."""
    seen: Counter[tuple[object, ...]] = Counter()
    for kind, key, record in (
        *((f"registry {r.name}", (r.name,), r) for r in settings.registries),
        *(
            (f"cut {c.caller} -> {c.callee}", (c.caller, c.callee, c.other_image), c)
            for c in settings.cuts
        ),
        *((f"handoff.carry {c.name}", ("carry", c.name), c) for c in settings.handoff.carry),
    ):
        seen[key] += 1
        if seen[key] == 2:
            yield kind, record
