"""The examples, and the tutorial's scripts, compute what they say: each asserts its own claims."""

import os
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"

if not EXAMPLES.is_dir():
    pytest.skip("no checkout", allow_module_level=True)

CLUSTER = "dask_scoring"  # takes a command line, and starts processes
SCRIPTS = [
    path
    for path in sorted([*EXAMPLES.glob("*.py"), *(ROOT / "docs" / "tutorial").glob("*.py")])
    if path.stem != CLUSTER
]


@pytest.fixture(autouse=True)
def without_a_screen(monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "agg")
    yield
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")


def run(path, name="__main__"):
    """What the script has defined; skips where a library that it needs is not installed."""
    try:
        return runpy.run_path(str(path), run_name=name)
    except ImportError as error:  # the package's own errors are no excuse
        if "fastact" in str(error) or (error.name or "").startswith("fastact"):
            raise
        pytest.skip(f"{path.stem} needs what is not installed: {error}")


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_script(path, capsys):
    run(path)
    assert capsys.readouterr().out


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_script_claims_something(path):
    """One that asserts nothing would pass whatever it computes."""
    text = path.read_text()
    assert "\nassert " in text or "np.testing.assert_" in text


def test_lstm_torch():
    torch = pytest.importorskip("torch")
    of = run(EXAMPLES / "lstm.py")
    layer = torch.nn.LSTM(of["features"], of["hidden"])
    weight_x, weight_h, bias = map(torch.from_numpy, of["weights"])
    names = "weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"
    layer.load_state_dict(dict(zip(names, (weight_x, weight_h, bias, torch.zeros_like(bias)), strict=True)))
    with torch.no_grad():
        outputs, (h, c) = layer(torch.from_numpy(of["x"]), tuple(torch.from_numpy(s)[None] for s in of["state"]))
    for got, want in ((of["outputs"], outputs), (of["h"], h[0]), (of["c"], c[0])):
        np.testing.assert_allclose(got, want.numpy(), rtol=0, atol=2e-6)


def test_transformer_torch():
    """The attention of one layer against torch's."""
    torch = pytest.importorskip("torch")
    of = run(EXAMPLES / "transformer.py")
    x, layer = of["x"], of["layers"][0]
    q, k, v = (
        torch.from_numpy((x @ layer[name]).reshape(len(x), of["HEADS"], -1).swapaxes(0, 1).copy()) for name in "qkv"
    )
    attended = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True).numpy()
    want = attended.swapaxes(0, 1).reshape(x.shape) @ layer["out"]
    np.testing.assert_allclose(of["attention"](x, layer, of["fastact"].softmax), want, rtol=0, atol=5e-6)


def test_dask_scoring(tmp_path):
    """As a process of its own, with a cluster of two more; its files against float64 and against changed ones."""
    pytest.importorskip("dask.array")
    pytest.importorskip("distributed")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    sizes = ["--rows=3001", "--classes=20", "--folder", str(tmp_path)]
    command = [sys.executable, "-W", "ignore", str(EXAMPLES / f"{CLUSTER}.py"), *sizes]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "one machine computes the same bits" in done.stdout
    assert "100% Completed" in done.stdout

    of = run(EXAMPLES / f"{CLUSTER}.py", name="example")
    logits, probability, top = (of["Npy"](tmp_path / f"{name}.npy") for name in ("logits", "probability", "top"))
    x = logits[:].astype(np.float64)
    assert x.shape == (3001, 20)
    np.testing.assert_allclose(probability[:], np.exp(x) / np.exp(x).sum(axis=1, keepdims=True), rtol=2e-6)
    assert (top[:] == np.argsort(-x, axis=1)[:, : of["TOP"]]).all()
    assert of["same_bits"](logits, probability, top)
    changed = probability[2999:3000]
    changed[0, 3] = np.nextafter(changed[0, 3], np.float32(1))
    probability[2999:3000, :] = changed
    assert not of["same_bits"](logits, probability, top)
