"""implicit (https://benfred.github.io/implicit): matrix factorisations and item neighbours, through its own `recommend`."""

import implicit
import numpy as np
from implicit.als import AlternatingLeastSquares
from implicit.bpr import BayesianPersonalizedRanking
from implicit.lmf import LogisticMatrixFactorization
from implicit.nearest_neighbours import BM25Recommender, CosineRecommender, TFIDFRecommender
from search import choice, log_uniform, uniform, whole_log_uniform
from split import LIST_LENGTH
from threadpoolctl import threadpool_limits

threadpool_limits(1, "blas")  # as its documentation asks: it brings threads of its own
VERSION = f"implicit {implicit.__version__}"


def fit(build, options, train, seed):
    options = dict(options)
    graded = options.pop("graded", False)
    model = build(options, seed)
    model.fit(train.matrix(graded), show_progress=False)
    return model, graded


def fitting(build):
    return lambda options, train, seed: fit(build, options, train, seed)


def rank_folding_in(fitted, batch):
    """Users as their history says, also what came after training."""
    model, graded = fitted
    history = batch.history(graded)
    ids, _ = model.recommend(np.arange(len(batch.users)), history, N=LIST_LENGTH, recalculate_user=True)
    return ids


def rank_by_history(fitted, batch):
    model, graded = fitted
    ids, _ = model.recommend(np.arange(len(batch.users)), batch.history(graded), N=LIST_LENGTH)
    return ids


def rank_as_trained(fitted, batch):
    """These cannot fold in: users are as they were in training, and who is new gets what is popular."""
    model, _ = fitted
    ids, _ = model.recommend(batch.users, batch.history(), N=LIST_LENGTH)
    ids = np.array(ids)
    ids[[len(sequence) == 0 for sequence in batch.sequences]] = -1
    return ids


NEIGHBOURS = {"K": whole_log_uniform(10, 800), "graded": choice(False, True)}

PEERS = {
    "implicit-als": {
        "fit": fitting(lambda options, seed: AlternatingLeastSquares(**options, random_state=seed)),
        "rank": rank_folding_in,
        "defaults": {"factors": 100, "regularization": 0.01, "alpha": 1.0, "iterations": 15},
        "space": {
            "factors": choice(32, 64, 128),
            "regularization": log_uniform(0.1, 200),
            "alpha": log_uniform(0.5, 40),
            "iterations": choice(10, 15, 20),
            "graded": choice(False, True),
        },
    },
    "implicit-bpr": {
        "fit": fitting(lambda options, seed: BayesianPersonalizedRanking(**options, random_state=seed)),
        "rank": rank_as_trained,
        "defaults": {"factors": 100, "learning_rate": 0.01, "regularization": 0.01, "iterations": 100},
        "space": {
            "factors": choice(32, 64, 128),
            "learning_rate": log_uniform(0.005, 0.2),
            "regularization": log_uniform(0.0005, 0.1),
            "iterations": choice(50, 100, 200),
        },
    },
    "implicit-lmf": {
        "fit": fitting(lambda options, seed: LogisticMatrixFactorization(**options, random_state=seed)),
        "rank": rank_as_trained,
        "defaults": {"factors": 30, "learning_rate": 1.0, "regularization": 0.6, "iterations": 30, "neg_prop": 30},
        "space": {
            "factors": choice(16, 32, 64),
            "learning_rate": log_uniform(0.1, 2),
            "regularization": log_uniform(0.1, 10),
            "iterations": choice(20, 30, 60),
            "neg_prop": choice(5, 15, 30),
        },
    },
    "implicit-bm25": {
        "fit": fitting(lambda options, _: BM25Recommender(**options)),
        "rank": rank_by_history,
        "defaults": {"K": 20, "K1": 1.2, "B": 0.75},
        "space": {**NEIGHBOURS, "K1": log_uniform(0.1, 100), "B": uniform(0, 1)},
    },
    "implicit-tfidf": {
        "fit": fitting(lambda options, _: TFIDFRecommender(**options)),
        "rank": rank_by_history,
        "defaults": {"K": 20},
        "space": NEIGHBOURS,
    },
    "implicit-cosine": {
        "fit": fitting(lambda options, _: CosineRecommender(**options)),
        "rank": rank_by_history,
        "defaults": {"K": 20},
        "space": NEIGHBOURS,
    },
}
