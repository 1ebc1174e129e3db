"""What Snakemake is spared in a large graph: each answer is that which it would give itself."""

import asyncio
import os
from functools import partial, wraps
from types import SimpleNamespace

import pytest
import snakemake.api  # noqa: F401 - first: its modules import each other in a circle
from snakemake.common import get_function_params
from snakemake.dag import DAG
from snakemake.exceptions import ChildIOException
from snakemake.io import AnnotatedString, _IOFile, flag
from snakemake.io.fmt import fmt_iofile

from plateworks.jobs import graph
from plateworks.jobs.makers import fixed


class Bound:
    def two(self, wildcards, threads=1):
        return wildcards


def alone(wildcards, *, input):
    return wildcards


def with_threads(wildcards, threads):
    return wildcards


@wraps(with_threads)
def decorated(*given):
    return with_threads(*given)


def closure(number):
    return lambda wildcards, attempt: number


FUNCTIONS = [
    alone, with_threads, decorated, Bound().two, Bound.two, closure(1), closure(2), len,
    partial(with_threads, "a"), partial(with_threads, threads=2), partial(Bound().two, "a"),
    partial(partial(with_threads, "a"), 2), partial(alone, input=3), Bound,
]  # fmt: skip


def test_signatures_are_told_as_snakemake_tells_them():
    told = graph.signatures_once(get_function_params)
    for _ in range(2):
        for function in FUNCTIONS:
            expected = get_function_params(function)
            assert list(told(function)) == list(expected), function
            kinds = [one.kind for one in told(function).values()]
            assert kinds == [one.kind for one in expected.values()], function


def test_a_signature_is_looked_at_once_for_all_functions_of_its_code():
    asked = []
    told = graph.signatures_once(lambda one: asked.append(one) or get_function_params(one))
    for number in range(5):
        told(closure(number))
        told(partial(with_threads, number))
    assert len(asked) == 2


class Job:
    """A job as far as the graph looks into it."""

    def __init__(self, *outputs, inputs=(), conda="env.yaml", script="a.py"):
        self.output = [_IOFile(AnnotatedString(one), None) for one in outputs]
        self.input = list(inputs)
        self.wildcards_dict = {}
        self._conda_env_spec = None
        self.rule = SimpleNamespace(
            conda_env=conda,
            script=script,
            basedir="rules",
            expand_conda_env=lambda wildcards, params, input: (conda, params),
        )

    @property
    def params(self):
        raise AssertionError("nobody asked for params")

    environment = graph.environment_without_params(property(lambda self: ("asked", self.params)))
    outputs = graph.outputs_by_themselves(property(lambda self: None))


def test_an_environment_is_found_without_params_unless_it_is_a_function():
    assert Job().environment == ("env.yaml", None)
    assert Job(conda=None).environment == (None, None)
    with pytest.raises(AssertionError, match="nobody asked for params"):
        _ = Job(conda=len).environment


def test_outputs_are_found_by_paths_that_are_equal():
    job = Job("a.fits", "b.fits")
    assert job.outputs["a.fits"] is job.output[0]
    assert job.outputs.get(str(job.output[1])) is job.output[1]
    assert "c.fits" not in job.outputs


def test_a_script_is_looked_at_once_and_one_that_depends_on_its_job_each_time():
    looked = []
    process = graph.scripts_once(lambda processor, job: looked.append(job.rule.script))
    processor = SimpleNamespace(script_type="script")
    for script in ("a.py", "b.py", "a.py", "{wildcards.x}.py", "{wildcards.x}.py"):
        process(processor, Job(script=script))
    assert looked == ["a.py", "b.py", "{wildcards.x}.py", "{wildcards.x}.py"]


def test_a_script_that_cannot_be_read_is_found_by_each_of_its_jobs():
    def fail(processor, job):
        raise OSError(job.rule.script)

    process = graph.scripts_once(fail)
    for _ in range(2):
        with pytest.raises(OSError, match=r"a\.py"):
            process(SimpleNamespace(script_type="script"), Job())


def test_where_a_script_lies_is_asked_once_a_place():
    asked = []
    told = graph.sources_once(lambda job, path: asked.append(path) or f"/{path}")
    assert [told(Job(), one) for one in ("a.py", "a.py", "{wildcards.x}.py")] == [
        "/a.py", "/a.py", "/{wildcards.x}.py",
    ]  # fmt: skip
    other = Job()
    other.rule.basedir = "elsewhere"
    told(other, "a.py")
    assert asked == ["a.py", "{wildcards.x}.py", "a.py"]


def test_a_job_that_is_in_the_graph_is_taken_in_no_more():
    taken = []

    async def plain(dag, jobs, file=None, visited=None, **more):
        taken.append((jobs, file))
        return jobs[0]

    update = graph.no_job_twice(plain)
    job, other = Job("a"), Job("b", inputs=["c"])
    dag = SimpleNamespace(_dependencies={job: {}, other: {}})

    def asks(jobs, **more):
        before = len(taken)
        assert asyncio.run(update(dag, jobs, **more)) is jobs[0]
        return len(taken) > before

    assert not asks([job], file="a", visited=set())
    assert asks([job], file="a")  # as a target
    assert asks([job], file="a", visited={job})  # it asks for itself, by others
    assert asks([other], file="c", visited=set())  # it asks for itself
    assert asks([job, other], file="a", visited=set())  # which of them, Snakemake says
    assert asks([Job("d")], file="d", visited=set())


@pytest.mark.parametrize(
    ("outputs", "fails"),
    [
        (["a/b.fits", "a/c.fits", "d"], False),
        (["a/b.fits", "a/bc.fits", "a/b.fit"], False),
        (["a", "a/b.fits"], True),
        (["a/b", "a/b/c/d.fits", "a/b.txt"], True),
        (["./a//b", "a/b/c.fits"], True),
        ([f"{os.getcwd()}/a", "a/b.fits"], True),
    ],
)
def test_a_product_within_another_is_found_as_by_snakemake(outputs, fails):
    dag = SimpleNamespace(jobs=[Ordered(one) for one in outputs])
    check = graph.folders_first(DAG.check_directory_outputs)
    for look in (check, DAG.check_directory_outputs):
        if fails:
            with pytest.raises(ChildIOException):
                look(dag)
        else:
            look(dag)


class Ordered(Job):
    """Jobs that are sorted beside their paths."""

    def __lt__(self, other):
        return id(self) < id(other)

    rule_name = "any"


def test_files_are_told_as_snakemake_tells_them():
    kinds = fixed(_IOFile)
    plain, update, other = _IOFile("a", None), flag("b", "update"), _IOFile("c", None)
    plain._file, plain.__class__ = None, kinds.plain
    files = [plain, _IOFile(update, None), other, "d"]
    told = graph.formatted(fmt_iofile, kinds.plain)
    for how in ({"as_input": True}, {"as_output": True}, {}):
        assert told(files, **how) == [fmt_iofile(one, **how) for one in files]
    assert {type(one) for one in told(files)} == {str}


def test_what_goes_from_a_job_to_another_is_kept_once():
    maker, asker, other = Job("a", "b"), Job("c"), Job("d")
    dag = SimpleNamespace(
        _dependencies={maker: {}, asker: {maker: {"a", "b"}}, other: {maker: {"a"}}},
        depending={maker: {asker: {"a", "b"}, other: {"a", "b"}}, asker: {}, other: {}},
    )
    cleaned = []
    cleanup = graph.files_once(cleaned.append)
    cleanup(dag)
    assert cleaned == [dag]
    assert dag._dependencies[asker][maker] is dag.depending[maker][asker]
    assert dag._dependencies[asker][maker] == {"a", "b"}
    assert dag._dependencies[other][maker] == {"a"}  # what differs is left as it is
    assert dag.depending[maker][other] == {"a", "b"}


def test_inputs_of_a_job_are_those_of_the_graph():
    shared = []
    index = SimpleNamespace(share=shared.append)
    rule = SimpleNamespace(workflow=SimpleNamespace(dag=SimpleNamespace(output_index=index)))
    expand = graph.inputs_shared(lambda rule, wildcards, groupid=None: (["a"], {}, {}, groupid))
    assert expand(rule, {}, groupid=3) == (["a"], {}, {}, 3)
    assert shared == [["a"]]
