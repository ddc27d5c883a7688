"""LensKit (https://lkpy.lenskit.org): its scorers, asked one user at a time as its pipelines do, for all items."""

import lenskit
import numpy as np
import pandas as pd
from lenskit.als import ImplicitMFScorer
from lenskit.basic import PopScorer
from lenskit.data import ItemList, RecQuery, from_interactions_df
from lenskit.knn import ItemKNNScorer, UserKNNScorer
from lenskit.training import TrainingOptions
from search import choice, log_uniform, whole_log_uniform
from split import best_unseen

VERSION = f"lenskit {lenskit.__version__}"


def fitting(build):
    def fit(options, train, seed):
        events = pd.DataFrame({"user_id": train.users, "item_id": train.items}).drop_duplicates()
        scorer = build(options)
        scorer.train(from_interactions_df(events), TrainingOptions(rng=seed))
        return scorer, ItemList(item_ids=np.arange(train.item_count))

    return fit


def rank(fitted, batch):
    scorer, items = fitted
    scores = np.full((len(batch.users), len(items)), np.nan, np.float32)
    for row, sequence in enumerate(batch.sequences):
        query = RecQuery(user_id=int(batch.users[row]), user_items=ItemList(item_ids=np.unique(sequence)))
        scores[row] = scorer(query=query, items=items).scores()
    return best_unseen(scores, batch)


def rank_popular(fitted, batch):
    scorer, items = fitted
    scores = scorer(items=items).scores()
    return best_unseen(np.tile(scores, (len(batch.users), 1)), batch)


PEERS = {
    "lenskit-item-knn": {
        "fit": fitting(lambda options: ItemKNNScorer(feedback="implicit", **options)),
        "rank": rank,
        "defaults": {"max_nbrs": 20},
        "space": {
            "max_nbrs": whole_log_uniform(5, 500),
            "min_sim": log_uniform(1e-6, 0.1),
            "save_nbrs": choice(None, 100, 1000),
        },
    },
    "lenskit-user-knn": {
        "fit": fitting(lambda options: UserKNNScorer(feedback="implicit", **options)),
        "rank": rank,
        "defaults": {"max_nbrs": 20},
        "space": {"max_nbrs": whole_log_uniform(10, 800), "min_sim": log_uniform(1e-6, 0.1)},
    },
    "lenskit-implicit-mf": {
        "fit": fitting(lambda options: ImplicitMFScorer(**options)),
        "rank": rank,
        "defaults": {"embedding_size": 50, "epochs": 10, "regularization": 0.1, "weight": 40},
        "space": {
            "embedding_size": choice(32, 64, 128),
            "epochs": choice(10, 15),
            "regularization": log_uniform(0.1, 200),
            "weight": log_uniform(0.5, 40),
        },
    },
    "lenskit-popularity": {
        "fit": fitting(lambda options: PopScorer(**options)),
        "rank": rank_popular,
        "defaults": {},
        "space": {},
    },
}
