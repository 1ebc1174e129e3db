"""Combining a stack: against plain Python, and the promises of order, blocks and small stacks."""

import numpy as np
import pytest

from plateworks.pixels import combine as module
from plateworks.pixels import stack as stacks
from plateworks.pixels.combine import METHODS, automatic
from plateworks.pixels.stack import TYPES
from plateworks.pixels.varianceclip import KnownNoise
from unit.pixels.reference_combine import combine_pixel, kept_range

SHAPE = (12, 17)
#: What the method that needs one is told of the noise, unless a test says otherwise.
NOISE = KnownNoise(12.0, 100.0, 1.5)


def told(method, options):
    return {"noise": NOISE, **options} if method == "variance" else options


def combine(stack, method="auto", **options):
    return module.combine(stack, method, **told(method, options))


def noisy_stack(n, dtype="uint16", sigma=12.0, missing=0.0, seed=1):
    """Normal noise with some bright outliers; in floats a fraction is missing."""
    rng = np.random.default_rng([n, seed])
    stack = rng.normal(100, sigma, (n, *SHAPE))
    stack[rng.random(stack.shape) < 0.05] += 100
    if dtype in ("int32", "uint32"):
        stack *= 1e6  # beyond the exact integers of float32
    limits = np.iinfo(dtype) if np.dtype(dtype).kind in "iu" else None
    stack = stack.clip(limits.min, limits.max).astype(dtype) if limits else stack.astype(dtype)
    if missing:
        stack[rng.random(stack.shape) < missing] = np.nan
    return stack


def assert_equals_reference(stack, method, quantum, **options):
    got = combine(stack, method, **options)
    columns = np.reshape(stack, (len(stack), -1)).T
    options = {"quantum": quantum, **told(method, options)}
    want = [combine_pixel(column, method, **options) for column in columns]
    value = np.reshape([v for v, _ in want], SHAPE)
    exact = method == "median"
    np.testing.assert_allclose(
        got.value, value.astype(np.float32) if exact else value, rtol=0 if exact else 1e-6
    )
    np.testing.assert_array_equal(got.count, np.reshape([n for _, n in want], SHAPE))
    assert got.value.dtype == np.float32
    assert got.count.dtype == np.uint16


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 8, 11, 20, 33])
def test_every_method_equals_plain_python_for_any_number_of_frames(method, n):
    assert_equals_reference(noisy_stack(n), method, quantum=1)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("dtype", TYPES)
def test_every_method_equals_plain_python_for_any_type(method, dtype):
    stack = noisy_stack(10, dtype)
    assert_equals_reference(stack, method, quantum=0 if stack.dtype.kind == "f" else 1)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("level", [3.0, 60000.0, -1e7])
def test_noise_that_single_precision_hardly_resolves_is_judged_as_in_double(method, level):
    rng = np.random.default_rng(7)
    step = np.spacing(np.float32(abs(level)))  # the noise is a few steps of float32
    stack = (level + step * rng.normal(0, 3, (12, *SHAPE))).astype(np.float32)
    stack[rng.random(stack.shape) < 0.03] += np.float32(12 * step)
    assert_equals_reference(stack, method, quantum=0)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("dtype", ["uint8", "int8", "uint16", "int16"])
def test_noise_at_both_ends_of_a_small_integer_type_is_judged_as_in_double(method, dtype):
    limits = np.iinfo(dtype)
    for seed, level in enumerate((limits.min, limits.max)):
        rng = np.random.default_rng(seed)
        stack = np.rint(rng.normal(level, 6, (12, *SHAPE)))
        far = rng.random(stack.shape) < 0.03
        stack[far] = limits.max if level == limits.min else limits.min
        assert_equals_reference(stack.clip(limits.min, limits.max).astype(dtype), method, quantum=1)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("missing", [0.02, 0.5, 0.9])
def test_missing_values_take_no_part(method, missing):
    stack = noisy_stack(9, "float32", missing=missing)
    stack[:, 0, 0] = np.nan
    stack[0, 0, 1], stack[1, 0, 1] = np.inf, -np.inf
    assert_equals_reference(stack, method, quantum=0)
    empty = combine(stack, method)
    assert np.isnan(empty.value[0, 0]) and empty.count[0, 0] == 0


@pytest.mark.parametrize("sigma", [0.3, 0.6, 1.0])
@pytest.mark.parametrize("method", ["sigma_clip", "winsorized"])
def test_noise_below_the_step_of_the_converter(method, sigma):
    assert_equals_reference(noisy_stack(10, sigma=sigma), method, quantum=1)


@pytest.mark.parametrize("method", ["sigma_clip", "winsorized"])
def test_a_coarse_converter_needs_its_step_to_keep_the_mean(method):
    noise = np.random.default_rng(3).normal(100.2, 0.4, (10, 100, 100)).round()
    coarse = (16 * noise).astype(np.uint16)
    told, untold = combine(coarse, method, quantum=16), combine(coarse, method)
    assert abs(told.value.mean() - coarse.mean()) < 0.1
    assert abs(untold.value.mean() - coarse.mean()) > 1
    columns = coarse[:, :5, :5].reshape(10, -1).T
    want = [combine_pixel(column, method, quantum=16)[0] for column in columns]
    np.testing.assert_allclose(told.value[:5, :5].ravel(), want, rtol=1e-6)


@pytest.mark.parametrize(
    "options",
    [
        {"method": "sigma_clip", "low": 2.0, "high": 1.5},
        {"method": "winsorized", "low": 2.0, "high": 5.0, "cutoff": 1.5},
        {"method": "winsorized", "low": 6.0, "high": 6.0, "cutoff": 1e9},
        {"method": "variance", "low": 2.0, "high": 1.5},
        {"method": "variance", "noise": KnownNoise(9.0)},
        {"method": "variance", "noise": KnownNoise(12.0, 90.0, 40.0)},
        {"method": "percentile", "percentile": (0.05, 0.5)},
        {"method": "linear_fit", "linear_fit": (2.0, 2.5)},
        {"method": "minmax", "drop": (0, 3)},
        {"method": "minmax", "drop": (6, 6)},
    ],
)
def test_the_parameters_mean_what_they_say(options):
    method = options.pop("method")
    stack = noisy_stack(11)
    assert_equals_reference(stack, method, quantum=1, **options)
    assert (combine(stack, method, **options).count != combine(stack, method).count).any()


def unruly_stack(n, kind):
    """Values as no camera gives them: ties, heavy tails, all scales, two levels."""
    rng = np.random.default_rng([n, *kind.encode()])
    stack = {
        "ties": lambda: rng.integers(0, 4, (n, *SHAPE)),
        "tails": lambda: 3000 + 20 * rng.standard_cauchy((n, *SHAPE)),
        "scales": lambda: 10 ** rng.uniform(0, 4.5, (n, *SHAPE)),
        "levels": lambda: rng.choice([0, 1, 30000, 65535], (n, *SHAPE)),
    }[kind]()
    return stack.clip(0, 65535)


TIGHT = {
    "low": 1.5,
    "high": 1.0,
    "cutoff": 1.0,
    "percentile": (0.01, 0.003),
    "linear_fit": (1.7183, 1.5403),  # not what small integers come to exactly
}


@pytest.mark.parametrize("options", [{}, TIGHT])
@pytest.mark.parametrize("kind", ["ties", "tails", "scales", "levels"])
@pytest.mark.parametrize(
    "method", ["sigma_clip", "winsorized", "variance", "percentile", "linear_fit"]
)
@pytest.mark.parametrize("n", [6, 13, 30])
def test_rejection_equals_plain_python_for_unruly_values(method, kind, options, n):
    stack = unruly_stack(n, kind)
    assert_equals_reference(stack.astype(np.uint16), method, quantum=1, **options)
    assert_equals_reference(stack.astype(np.float64), method, quantum=0, **options)


def test_the_middle_always_stays():
    # The Winsorized sigma shrinks to nothing: all but one of the counted values are on one side.
    column = np.array([-100.0] * 19 + [-1] + [1] * 20).reshape(40, 1, 1)
    got = combine(np.broadcast_to(column, (40, *SHAPE)), "winsorized")
    assert (got.value == 0).all()
    assert (got.count == 2).all()
    assert combine_pixel(column.ravel(), "winsorized") == (0, 2)


def test_the_median_of_large_integers_does_not_overflow():
    for dtype in ("uint8", "int8", "uint16", "int16", "uint32", "int32"):
        top = np.iinfo(dtype).max
        stack = np.full((4, 2, 2), top, dtype)
        stack[:2] -= 2
        assert (combine(stack, "median").value == np.float32(top - 1)).all(), dtype


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("dtype", ["uint16", "float32", "float64"])
def test_the_same_bytes_for_any_order_and_any_slab(method, dtype, monkeypatch):
    stack = noisy_stack(13, dtype, missing=0.05 if dtype[0] == "f" else 0)
    if dtype[0] == "f":
        stack *= 10.0 ** np.random.default_rng(0).integers(-6, 6, SHAPE)  # sums that round
        stack[:, 3, 3] = [0.0, -0.0] * 6 + [0.0]
    want = combine(stack, method)

    shuffled = combine(stack[np.random.default_rng(2).permutation(13)], method)
    assert shuffled.value.tobytes() == want.value.tobytes()
    assert (shuffled.count == want.count).all()
    for height in (1, 5):
        slabs = [combine(stack[:, y : y + height], method) for y in range(0, SHAPE[0], height)]
        assert b"".join(slab.value.tobytes() for slab in slabs) == want.value.tobytes()
    for rows, threads in ((1, 1), (1, 2), (3, 4), (5, 3)):
        monkeypatch.setattr(stacks, "BLOCK_PIXELS", rows * stack.shape[2])
        monkeypatch.setattr(module, "PENDING_BYTES", 500 * rows)
        got = combine(stack, method, threads=threads)
        assert got.value.tobytes() == want.value.tobytes()
        assert (got.count == want.count).all()


@pytest.mark.parametrize("dtype", ["uint16", "float32"])
@pytest.mark.parametrize("method", ["median", "minmax", "sigma_clip", "winsorized", "auto"])
@pytest.mark.parametrize("n", [3, 5, 10, 11, 20])
def test_one_cosmic_ray_is_removed_even_from_small_stacks(method, n, dtype):
    rng = np.random.default_rng(n)
    clean = rng.normal(1000, 10, (n, *SHAPE)).round().astype(dtype)
    hit = clean.copy()
    frame = rng.integers(0, n, SHAPE)
    np.put_along_axis(hit, frame[None], np.array(40000, dtype), axis=0)
    others = clean.sum(axis=0, dtype=float) - np.take_along_axis(clean, frame[None], 0)[0]
    value = combine(hit, method).value
    # A tenth of a percent of the cosmic ray would be 39 ADU; what stays is the noise of few frames.
    assert np.abs(value - others / (n - 1)).max() < 39
    assert (combine(hit, "mean").value - others / (n - 1)).min() > 1900


@pytest.mark.parametrize("dtype", ["uint16", "float32"])
@pytest.mark.parametrize("method", ["sigma_clip", "winsorized"])
@pytest.mark.parametrize("n", [3, 5, 10])
def test_a_cosmic_ray_is_removed_where_the_other_values_are_all_equal(method, n, dtype):
    stack = np.full((n, *SHAPE), 500, dtype)
    stack[1, 4, 4] = 60000
    got = combine(stack, method)
    assert (got.value == 500).all()
    assert got.count[4, 4] == n - 1
    assert got.count.sum() == n * got.count.size - 1


def test_clean_noise_is_hardly_touched():
    stack = np.random.default_rng(0).normal(1000, 10, (20, 100, 100)).astype(np.float32)
    got = combine(stack, "winsorized")
    assert (got.count < 20).mean() < 0.08
    assert got.value.std() < 1.05 * stack.mean(axis=0).std()


def test_frames_may_come_one_by_one_in_any_byte_order_and_mixed_types():
    stack = noisy_stack(5)
    want = combine(stack, "winsorized", quantum=1)
    foreign = [frame.astype(">u2") for frame in stack]
    assert (combine(foreign, "winsorized").value == want.value).all()
    mixed = [
        frame.astype(t) for frame, t in zip(stack, ("u2", "i4", "f4", "f8", ">i4"), strict=True)
    ]
    assert (combine(mixed, "winsorized", quantum=1).value == want.value).all()
    assert (combine(stack[:, ::2, ::-1], "winsorized").value == want.value[::2, ::-1]).all()


@pytest.mark.parametrize("method", [one for one in METHODS if one != "median"])
@pytest.mark.parametrize("dtype", ["uint16", "float32"])
def test_a_frame_counts_by_its_weight_and_its_losses_are_told(method, dtype):
    stack = noisy_stack(12, dtype, missing=0.1 if dtype == "float32" else 0)
    stack[4] += 60  # a frame that loses more than the others
    weights = np.random.default_rng(4).uniform(0.2, 3.0, 12)
    weighted = combine(stack, method, weights=weights, tell_rejected=True)
    plain = combine(stack, method, tell_rejected=True)
    assert (plain.value == combine(stack, method).value).all()
    assert (plain.count == weighted.count).all()

    columns = stack.reshape(12, -1).T.astype(float)
    quantum = 1 if dtype == "uint16" else 0
    lost, values = np.zeros(12, int), []
    for column in columns:
        low, high = kept_range(column, method, quantum=quantum, **told(method, {}))
        used = (column >= low) & (column <= high)
        lost += np.isfinite(column) & ~used
        values.append((weights[used] * column[used]).sum() / weights[used].sum())
    np.testing.assert_allclose(weighted.value, np.reshape(values, SHAPE), rtol=1e-6)
    expected = None if method == "mean" else lost.tolist()
    for got in (plain, weighted):
        assert (None if got.rejected is None else got.rejected.tolist()) == expected
    if method != "mean":
        assert lost.argmax() == 4


def test_the_inputs_stay_as_they_are():
    for dtype in ("uint16", "float32"):
        stack = noisy_stack(6, dtype, missing=0.1 if dtype == "float32" else 0)
        before = stack.copy()
        for method in METHODS:
            combine(stack, method)
        np.testing.assert_array_equal(stack, before)


def test_the_automatic_choice_follows_the_number_of_frames():
    assert [automatic(n) for n in (1, 4, 5, 9, 10, 50)] == (
        ["median", "median", "minmax", "minmax", "winsorized", "winsorized"]
    )
    for n in (4, 9, 10):
        stack = noisy_stack(n)
        want = combine(stack, automatic(n))
        assert (combine(stack).value == want.value).all()


@pytest.mark.parametrize(
    ("stack", "options", "message"),
    [
        ([], {}, "empty"),
        ([np.zeros((2, 2)), np.zeros((2, 3))], {}, "different shapes"),
        ([np.zeros((2, 2), np.int64)], {}, "int64"),
        ([np.zeros((2, 2))], {"method": "mode"}, "'mode'.*median, mean"),
        ([np.zeros((2, 2))], {"method": "variance", "noise": None}, "needs to know the noise"),
        ([np.zeros((2, 2))], {"low": 0}, "low=0"),
        ([np.zeros((2, 2))], {"cutoff": 0.5}, "cutoff=0.5"),
        ([np.zeros((2, 2))], {"drop": (-1, 1)}, "drop="),
        ([np.zeros((2, 2))], {"percentile": (0.0, 0.1)}, "percentile="),
        ([np.zeros((2, 2))], {"linear_fit": (5.0, -1.0)}, "linear_fit="),
        ([np.zeros((2, 2))], {"weights": [1.0, 2.0]}, "1 frames need 1 weights"),
        ([np.zeros((2, 2))], {"weights": [0.0]}, "above 0"),
        ([np.zeros((2, 2))], {"weights": [1.0], "method": "median"}, "median knows no weights"),
    ],
)
def test_a_senseless_request_is_refused_in_words(stack, options, message):
    with pytest.raises(ValueError, match=message):
        combine(stack, **options)
