"""What Snakemake works out for each job and each file of a large graph, and would once for all.

Snakemake (9.27) looks into the signature of each function that it calls for a job, reads the script
of each job, evaluates its params to find an environment that does not depend on them, and goes
through the inputs of a job anew for each file that is asked of it.  Each function here stands for
one of Snakemake's, and answers as that does.  This room imports nothing of it.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Any


def signatures_once(plain: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a function that tells the parameters of a function, and looks once for its code.

    A function whose parameters something else tells is left to `plain`.
    """
    known: dict[object, Any] = {}

    def told(function: Any) -> Any:
        key, bare = _key(function)
        if key is None or vars(bare):  # decorated, or given a signature of its own
            return plain(function)
        if key not in known:
            known[key] = plain(function)
        return known[key]

    return told


def _key(function: Any) -> tuple[object, Any]:
    """Return what two functions of the same parameters share, and the function beneath."""
    if isinstance(function, partial):
        key, bare = _key(function.func)
        given = len(function.args), *function.keywords
        return (None if key is None else ("partial", key, given)), bare
    bound = hasattr(function, "__self__")
    bare = function.__func__ if bound and hasattr(function, "__func__") else function
    code = getattr(bare, "__code__", None)
    return (None if code is None else (code, bound, bare.__defaults__ is None)), bare


def environment_without_params(plain: property) -> property:
    """Return the environment of a job, whose params are looked at where it is a function."""

    def told(job: Any) -> Any:
        if callable(job.rule.conda_env):
            return plain.__get__(job)
        if job._conda_env_spec is None:
            spec = job.rule.expand_conda_env(job.wildcards_dict, None, job.input)
            job._conda_env_spec = spec
        return job._conda_env_spec

    return property(told)


def outputs_by_themselves(plain: property) -> property:
    """Return the outputs of a job by their paths, of which none is copied."""

    def told(job: Any) -> dict[str, Any]:
        if not hasattr(job, "_output_by_path"):
            job._output_by_path = {path: path for path in job.output}
        found: dict[str, Any] = job._output_by_path
        return found

    return property(told)


def scripts_once(plain: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    """Look whether a script can be read once, and not for each of its jobs."""
    looked: set[tuple[str, str]] = set()

    def process(processor: Any, job: Any) -> None:
        script = str(getattr(job.rule, processor.script_type))
        key = script, str(job.rule.basedir)
        if key in looked:
            return
        plain(processor, job)
        if "{" not in script:
            looked.add(key)

    return process


def no_job_twice(plain: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """Take a job into the graph once, and not for each of its files.

    What Snakemake looks at first is looked at all the same: whether a job is asked for what it is
    made of itself, or is among those that ask.
    """

    async def update(
        dag: Any, jobs: list[Any], file: Any = None, visited: Any = None, **more: Any
    ) -> Any:
        if len(jobs) == 1 and visited is not None:
            [job] = jobs
            if job in dag._dependencies and job not in visited and file not in job.input:
                return job
        return await plain(dag, jobs, file=file, visited=visited, **more)

    return update


def folders_first(plain: Callable[[Any], None]) -> Callable[[Any], None]:
    """Look for products within products only where a product lies at the path of a folder."""

    def check(dag: Any) -> None:
        paths = [path for job in dag.jobs for path in job.output]
        folders: set[str] = set()
        for folder in {os.path.dirname(path) for path in paths}:
            whole = os.path.abspath(folder)
            while whole not in folders:
                folders.add(whole)
                whole = os.path.dirname(whole)
        if not folders.isdisjoint(map(os.path.abspath, paths)):
            plain(dag)

    return check


def formatted(plain: Callable[..., str], kind: type[Any]) -> Callable[..., list[str]]:
    """Return how a list of files is told: those of a kind that is never flagged as they are."""

    def told(files: Iterable[Any], as_input: bool = False, as_output: bool = False) -> list[str]:
        return [
            str(file) if type(file) is kind else plain(file, as_input=as_input, as_output=as_output)
            for file in files
        ]

    return told


def inputs_shared(plain: Callable[..., Any]) -> Callable[..., Any]:
    """Have jobs ask for a file by the one path that stands for it, and keep no copies."""

    def expand_input(rule: Any, *given: Any, **more: Any) -> Any:
        found = plain(rule, *given, **more)
        rule.workflow.dag.output_index.share(found[0])
        return found

    return expand_input


def sources_once(plain: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Return where a script lies, which does not depend on the params of a job."""
    known: dict[tuple[str, str], Any] = {}

    def told(job: Any, path: Any) -> Any:
        if "{" in str(path):
            return plain(job, path)
        key = str(path), str(job.rule.basedir)
        if key not in known:
            known[key] = plain(job, path)
        return known[key]

    return told


def files_once(plain: Callable[[Any], None]) -> Callable[[Any], None]:
    """Keep once which files go from a job to another: both ends keep the same set."""

    def cleanup(dag: Any) -> None:
        plain(dag)
        for job, makers in dag._dependencies.items():
            for maker, files in makers.items():
                askers = dag.depending[maker]
                if askers.get(job) is not files and askers.get(job) == files:
                    # One that grew has room for twice as many.
                    askers[job] = makers[maker] = set(files)

    return cleanup


def params_forgotten(plain: Callable[..., Any]) -> Callable[..., Any]:
    """Keep no params of a job once they were compared: if it runs, they are asked for anew."""

    def changed(persistence: Any, job: Any, file: Any = None) -> Any:
        found = plain(persistence, job, file)
        job._params = job._non_derived_params = None
        return found

    return changed
