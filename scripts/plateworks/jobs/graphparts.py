"""Which parts of Snakemake ours stand for where a graph is large (:mod:`plateworks.jobs.graph`)."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from importlib import import_module
from types import CodeType
from typing import Any, NamedTuple

from plateworks.jobs import graph
from plateworks.parts import OtherwiseError, part, tried

#: What stood there before, by its owner and name: a workflow may import this one several times.
_BEFORE: dict[tuple[Any, str], Any] = {}


class Part(NamedTuple):
    """A part of Snakemake in whose place one of ours is put.

    Attributes
    ----------
    module, owner, name : str
        Where it is; of no owner: of the module itself.
    parameters : str
        The names of its parameters.
    uses : str
        Names that it is known to use, which ours uses as well.
    ours : function
        Makes ours of Snakemake's.
    """

    module: str
    owner: str
    name: str
    parameters: str
    uses: str
    ours: Callable[[Any], Any]
    newer: bool = False  # than the oldest Snakemake that is promised, which does well without


def quicken_jobs(kind: type[Any]) -> None:
    """Put ours in the place of all parts, once they are known to be what they were.

    Parameters
    ----------
    kind : type
        Of fixed paths that nothing more is said of (:class:`plateworks.jobs.makers.Kinds`).

    Raises
    ------
    OtherwiseError
        If any of them is not as it is known; then all is left as it was.
    """
    places = []
    for one in (*_PARTS, _files_told(kind)):
        owner = part(one.module, one.owner) if one.owner else import_module(one.module)
        what = f"{one.module}.{one.owner or ''}{'.' if one.owner else ''}{one.name}"
        if one.newer and one.name not in vars(owner):
            continue
        with tried(what):
            before = _BEFORE.get((owner, one.name), vars(owner)[one.name])
            function: Any = before.fget if isinstance(before, property) else before
            parameters, uses = " ".join(inspect.signature(function).parameters), one.uses.split()
            missing = set(uses).difference(_names(function.__code__))
            if parameters != one.parameters or missing:
                known = f"takes {parameters}" if not missing else f"uses no {min(missing)}"
                raise OtherwiseError(f"{what} {known}")
            places.append((owner, one.name, one.ours))
    for owner, name, ours in places:
        instead(owner, name, ours)


def _names(code: CodeType) -> set[str]:
    inner = [one for one in code.co_consts if isinstance(one, CodeType)]
    return {*code.co_names, *code.co_varnames}.union(*map(_names, inner))


def instead(owner: Any, name: str, make: Callable[[Any], Any]) -> None:
    """Put what `make` makes of what stands at a name of a class or a module in its place."""
    before = _BEFORE.setdefault((owner, name), vars(owner)[name])
    setattr(owner, name, make(before))


_PARTS = (
    Part(
        "snakemake.common", "", "get_function_params", "func", "signature parameters",
        graph.signatures_once,
    ),
    Part(
        "snakemake.rules", "", "get_function_params", "func", "signature parameters",
        graph.signatures_once,
    ),
    Part(
        "snakemake.jobs", "Job", "conda_env_spec", "self",
        "_conda_env_spec rule expand_conda_env wildcards_dict params input",
        graph.environment_without_params,
    ),
    Part(
        "snakemake.jobs", "Job", "output_by_path", "self", "output", graph.outputs_by_themselves,
        newer=True,
    ),
    Part(
        "snakemake.jobs", "Job", "_path_to_source_file", "self path", "rule basedir",
        graph.sources_once,
    ),
    Part(
        "snakemake.dag", "ScriptProcessor", "process_job", "self job", "script_type rule basedir",
        graph.scripts_once,
    ),
    Part(
        "snakemake.rules", "Rule", "expand_input", "self wildcards groupid",
        "InputFiles mapping job_depends incomplete", graph.inputs_shared,
    ),
    Part(
        "snakemake.persistence", "PersistenceBase", "params_changed", "self job file", "_params",
        graph.params_forgotten,
    ),
    Part(
        "snakemake.dag", "DAG", "cleanup", "self", "_dependencies depending", graph.files_once,
    ),
    Part(
        "snakemake.dag", "DAG", "update",
        "self jobs file visited known_producers progress create_inventory",
        "_dependencies update_ check_periodic_wildcards", graph.no_job_twice,
    ),
    Part(
        "snakemake.dag", "DAG", "check_directory_outputs", "self", "jobs output",
        graph.folders_first,
    ),
)  # fmt: skip


def _files_told(kind: type[Any]) -> Part:
    def ours(plain: Callable[..., list[str]]) -> Callable[..., list[str]]:
        return graph.formatted(import_module("snakemake.io.fmt").fmt_iofile, kind)

    return Part("snakemake.jobs", "", "format_files", "io as_input as_output", "fmt_iofile", ours)
