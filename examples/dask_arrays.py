"""
dask: arrays larger than the memory
===================================

fastact's functions are lazy on dask arrays: they add tasks to the graph, and a chunk is
computed where and when dask wants it. The results have the bits that one array in memory
gives.

:doc:`dask_scoring` is the same for a cluster and files on a disk. It needs ``dask[array]``.
"""

# %%
# Rows lie whole in their chunks
# ------------------------------
# softmax needs a whole row, so the chunks go across. What lies in pieces is refused, with
# the ``rechunk`` to write.

import dask.array as da
import numpy as np

import fastact

logits = 3 * np.random.default_rng(0).normal(size=(20_000, 50)).astype(np.float32)
lazy = da.from_array(logits, chunks=(5_000, -1))

try:
    fastact.softmax(da.from_array(logits, chunks=(5_000, 10)))
except ValueError as error:
    print(error)
else:
    raise AssertionError("rows in pieces were taken")

# %%
# Nothing is computed until it is asked for
# -----------------------------------------

probability = fastact.softmax(lazy)
print(probability)
sure = (probability.max(axis=1) > 0.9).mean()
print(f"sure of {sure.compute():.1%}")

# %%
# The same bits as in one piece. Each task may use one thread, for dask runs several tasks
# at once.

with fastact.num_threads(1):
    computed = probability.compute(scheduler="threads")
assert computed.tobytes() == fastact.softmax(logits).tobytes()

# %%
# Losses and elementwise functions
# --------------------------------
# They are lazy too. A mean over several chunks is added up in float64; its last bits may
# differ from those of one array.

labels = np.random.default_rng(1).integers(50, size=20_000)
loss = fastact.cross_entropy(lazy, da.from_array(labels, chunks=5_000))
print(f"loss {loss.compute():.4f}")
np.testing.assert_allclose(loss.compute(), fastact.cross_entropy(logits, labels), rtol=1e-6)
np.testing.assert_array_equal(fastact.gelu(lazy).compute(), fastact.gelu(logits))
