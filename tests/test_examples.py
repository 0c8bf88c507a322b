"""The examples compute what they say."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"

if not EXAMPLES.is_dir():
    pytest.skip("no checkout", allow_module_level=True)


def example(name):
    """An example as a module."""
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", sorted(path.stem for path in EXAMPLES.glob("*.py")))
def test_has_a_test(name):
    assert f"test_{name}" in globals()


def test_digits(capsys):
    pytest.importorskip("sklearn")
    module = example("digits")
    module.best_time = lambda f, rounds=1: f() is None
    assert module.main() < 1e-12
    assert "images" in capsys.readouterr().out


def test_lstm(capsys):
    module = example("lstm")
    outputs, difference = module.main(time=20)
    assert difference is None or difference < 2e-6
    assert "20 steps" in capsys.readouterr().out
    assert outputs.shape == (20, 8, 32)
    assert np.ptp(outputs) > 0.5


def test_lstm_formula():
    """One step against the definition in float64, and twice half a sequence against the whole."""
    module = example("lstm")
    rng = np.random.default_rng(1)
    x, weight_x, weight_h, bias = (rng.normal(size=s) for s in ((6, 3, 5), (16, 5), (16, 4), 16))
    h, c = rng.normal(size=(2, 3, 4))
    outputs, last_h, last_c = module.lstm(x, h, c, weight_x, weight_h, bias)
    i, f, g, o = np.split(x[0] @ weight_x.T + h @ weight_h.T + bias, 4, axis=1)
    want = np.tanh(c / (1 + np.exp(-f)) + np.tanh(g) / (1 + np.exp(-i))) / (1 + np.exp(-o))
    np.testing.assert_allclose(outputs[0], want, rtol=1e-12)
    first, *state = module.lstm(x[:3], h, c, weight_x, weight_h, bias)
    second, *state = module.lstm(x[3:], *state, weight_x, weight_h, bias)
    np.testing.assert_allclose(np.concatenate([first, second]), outputs, rtol=1e-12)
    np.testing.assert_allclose(state, [last_h, last_c], rtol=1e-12)


def test_regression(capsys):
    pytest.importorskip("sklearn")
    for ours, theirs in example("regression").main():
        assert theirs > 0.9
        assert ours >= theirs
    assert capsys.readouterr().out.count("LogisticRegression") == 2


def test_transformer(capsys):
    outputs, after, want = example("transformer").main()
    changed = len(outputs) // 2
    assert outputs.dtype == np.float32
    assert outputs[:changed].tobytes() == after[:changed].tobytes()
    assert (outputs[changed:] != after[changed:]).any(axis=1).all()
    np.testing.assert_allclose(outputs, want, rtol=0, atol=2e-5)
    assert f"tokens 0 to {changed - 1} kept" in capsys.readouterr().out


def test_transformer_torch():
    """The attention of one layer against torch's."""
    torch = pytest.importorskip("torch")
    module = example("transformer")
    rng = np.random.default_rng(2)
    (layer,) = module.random_layers(1, 32, rng)
    x = rng.normal(size=(17, 32)).astype(np.float32)
    q, k, v = (
        torch.from_numpy((x @ layer[name]).reshape(17, module.HEADS, -1).swapaxes(0, 1).copy()) for name in "qkv"
    )
    attended = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True).numpy()
    want = attended.swapaxes(0, 1).reshape(17, 32) @ layer["out"]
    np.testing.assert_allclose(module.attention(x, layer, module.fastact.softmax), want, rtol=0, atol=5e-6)


def test_dask_scoring(tmp_path):
    """As a process of its own, with a cluster of two more; its files against float64 and against changed ones."""
    pytest.importorskip("dask.array")
    pytest.importorskip("distributed")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    sizes = ["--rows=3001", "--classes=20", "--folder", str(tmp_path)]
    command = [sys.executable, "-W", "ignore", str(EXAMPLES / "dask_scoring.py"), *sizes]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "one machine computes the same bits" in done.stdout
    assert "100% Completed" in done.stdout

    module = example("dask_scoring")
    logits, probability, top = (module.Npy(tmp_path / f"{name}.npy") for name in ("logits", "probability", "top"))
    x = logits[:].astype(np.float64)
    assert x.shape == (3001, 20)
    np.testing.assert_allclose(probability[:], np.exp(x) / np.exp(x).sum(axis=1, keepdims=True), rtol=2e-6)
    assert (top[:] == np.argsort(-x, axis=1)[:, : module.TOP]).all()
    assert module.same_bits(logits, probability, top)
    changed = probability[2999:3000]
    changed[0, 3] = np.nextafter(changed[0, 3], np.float32(1))
    probability[2999:3000, :] = changed
    assert not module.same_bits(logits, probability, top)


def test_multi_label(capsys):
    module = example("multi_label")
    each, one, loss, weighted, single = module.main()
    assert "sum" in capsys.readouterr().out
    np.testing.assert_allclose(one.sum(axis=1), 1)
    assert each.sum(axis=1)[0] > 1.5
    assert each.sum(axis=1)[2] < 0.5
    assert ((each > 0.5) == module.HOLDS).all()
    np.testing.assert_allclose(loss, -np.log(np.where(module.HOLDS == 1, each, 1 - each)), rtol=1e-12)
    np.testing.assert_allclose(weighted / loss, np.where(module.HOLDS * [0, 0, 1, 0] == 1, 5, 1), rtol=1e-12)
    np.testing.assert_allclose(single, -np.log(one[1, 3]), rtol=1e-12)
