"""The Python half of bench/linear-algebra.ts: does one task per line of standard input, answers each with one line of JSON.

    linear_algebra.py <interactions.i32> <users> <items> <options as JSON>

The file holds the user of every entry, then the item of every entry, as 32-bit numbers. CPU seconds are those of all threads.
"""
import json
import sys
import time

import numpy as np
import scipy
import scipy.linalg
import scipy.sparse
from implicit.als import AlternatingLeastSquares
from scipy.linalg import lapack
from threadpoolctl import threadpool_info, threadpool_limits

threadpool_limits(1, "blas")

entries, users, items, options = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), json.loads(sys.argv[4])
user, item = np.fromfile(entries, np.int32).reshape(2, -1)
touched = scipy.sparse.csr_matrix((np.ones(len(user), np.float32), (user, item)), (users, items))
system = (touched.T @ touched).toarray().astype(np.float64) + options["ridge"] * np.eye(items)


def als(solver, threads):
    model = AlternatingLeastSquares(
        factors=options["factors"], iterations=options["sweeps"], regularization=options["regularization"],
        alpha=options["alpha"], use_cg=solver == "cg", num_threads=threads, use_gpu=False, random_state=1,
    )
    return lambda: model.fit(touched, show_progress=False), model


def invert(routine, precision):
    matrix = np.asfortranarray(system.astype(precision))
    if routine == "inv":
        return lambda: np.linalg.inv(matrix)
    if routine == "cho":
        return lambda: scipy.linalg.cho_solve(scipy.linalg.cho_factor(matrix, lower=True), np.eye(items, dtype=precision))
    factor, solve = lapack.get_lapack_funcs(("potrf", "potri"), (matrix,))
    return lambda: solve(factor(matrix, lower=1)[0], lower=1)


def answer(values):
    print(json.dumps(values), flush=True)


answer({
    "numpy": np.__version__,
    "scipy": scipy.__version__,
    "blas": sorted({f"{pool['internal_api']} {pool['version']} {pool['architecture']}" for pool in threadpool_info()
                    if pool["user_api"] == "blas"}),
})
for line in sys.stdin:
    task = json.loads(line)
    model = None
    if task["task"] == "als":
        run, model = als(task["solver"], task["threads"])
    else:
        run = invert(task["routine"], task["precision"])
    cpu, wall = time.process_time(), time.perf_counter()
    run()
    answer({"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall})
    if model is not None and "factors" in task:
        model.user_factors.astype(np.float32).tofile(task["factors"] + ".users")
        model.item_factors.astype(np.float32).tofile(task["factors"] + ".items")
        answer({})
