"""dask: graphs leave the process, by multiprocessing and to a local cluster of processes."""

import os

import numpy as np
import pytest
from interop import PAIRS, SINGLES, flat
from registry import ELEMENTWISE, same, sample

dask = pytest.importorskip("dask")
array = pytest.importorskip("dask.array")
distributed = pytest.importorskip("distributed")

# the cluster's own threads and sockets end after the test that started them
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore:Port .* is already in use:UserWarning"),
    pytest.mark.filterwarnings("ignore:Sending large graph:UserWarning"),
]


@pytest.fixture(scope="module")
def client():
    """Two processes that import fastact from where this one has it."""
    import fastact

    root = os.path.dirname(os.path.dirname(fastact.__file__))
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (root, before)))
    with dask.config.set({"distributed.comm.timeouts.connect": "20s", "distributed.admin.tick.limit": "60s"}):
        cluster = distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
        )
        client = distributed.Client(cluster, timeout=30)
        yield client
        client.close(timeout=10)
        cluster.close(timeout=10)
    if before is None:
        del os.environ["PYTHONPATH"]
    else:
        os.environ["PYTHONPATH"] = before


def lazy(seed=0):
    x = np.abs(sample((6, 4), np.float32, seed)) + np.float32(0.5)
    return x, array.from_array(x, chunks=(2, -1))


def check(calls, compute):
    """Computes all results at once."""
    names, graphs, wanted = [], [], []
    for name, graph, want in calls:
        for one, known in zip(flat(graph), flat(want), strict=True):
            names.append(name)
            graphs.append(one)
            wanted.append(known)
    for name, got, want in zip(names, compute(graphs), wanted, strict=True):
        eps = np.finfo(np.asarray(want).dtype).eps
        np.testing.assert_allclose(got, want, rtol=16 * eps, atol=eps, err_msg=name)


def others():
    (a, lazy_a), (b, lazy_b) = lazy(0), lazy(1)
    for name, f in SINGLES.items():
        yield name, f(lazy_a), f(a)
    for name, f in PAIRS.items():
        yield name, f(lazy_a, lazy_b), f(a, b)


def elementwise():
    x, lazy_x = lazy()
    for f in ELEMENTWISE:
        yield f.id, f(lazy_x), f(x)


@pytest.mark.parametrize("calls", [others, elementwise], ids=["others", "elementwise"])
class TestProcesses:
    def test_cluster(self, client, calls):
        check(calls(), lambda graphs: client.gather(client.compute(graphs), errors="raise"))

    def test_multiprocessing(self, calls):
        # spawned, not forked: OpenMP's threads are no longer there after a fork
        with dask.config.set({"multiprocessing.context": "spawn"}):
            check(calls(), lambda graphs: dask.compute(*graphs, scheduler="processes", num_workers=2))


def test_data_frames(client):
    import fastact

    pandas = pytest.importorskip("pandas")
    frames = pytest.importorskip("dask.dataframe")
    frame = pandas.DataFrame(sample((6, 4)), columns=list("pqrs"))
    for f in (fastact.sigmoid, lambda x: fastact.leaky_relu(x, 0.2)):
        got = client.compute(f(frames.from_pandas(frame, npartitions=2))).result(timeout=60)
        pandas.testing.assert_frame_equal(got, f(frame))


def test_bits(client):
    x, lazy_x = lazy()
    import fastact

    same(client.compute(fastact.softmax(lazy_x)).result(timeout=60), fastact.softmax(x))
