"""Closed forms in a few lines of NumPy, as their authors publish them."""

import numpy as np
from search import choice, log_uniform
from split import best_unseen

VERSION = f"numpy {np.__version__}"


def fit_ease(options, train, _):
    """EASE (Steck, WWW 2019), over the items that have an event."""
    graded = options.get("graded", False)
    matrix = train.matrix(graded)
    known = np.flatnonzero(np.diff(matrix.tocsc().indptr))
    matrix = matrix[:, known]
    gram = (matrix.T @ matrix).toarray().astype(np.float32)
    gram[np.diag_indices_from(gram)] += options["regularization"]
    inverse = np.linalg.inv(gram)
    weights = inverse / -np.diag(inverse)
    np.fill_diagonal(weights, 0)
    return weights, known, graded


def rank_ease(fitted, batch):
    weights, known, graded = fitted
    scores = np.full((len(batch.users), batch.item_count), np.nan, np.float32)
    scores[:, known] = batch.history(graded)[:, known] @ weights
    return best_unseen(scores, batch)


PEERS = {
    "numpy-ease": {
        "fit": fit_ease,
        "rank": rank_ease,
        "defaults": {"regularization": 500.0},
        "space": {"regularization": log_uniform(20, 2000), "graded": choice(False, True)},
    },
}
