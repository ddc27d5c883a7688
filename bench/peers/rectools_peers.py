"""RecTools (https://rectools.readthedocs.io): SASRec with a softmax over all items, trained on the processor.

Its own environment, since it needs an older NumPy: `bench/peers/setup.sh rectools` makes it. Slow here: an epoch over MovieLens 1M takes minutes on two cores.
"""

import logging
import warnings

import numpy as np
import pandas as pd
import rectools
import torch
from rectools.dataset import Dataset
from rectools.models import SASRecModel
from search import choice, log_uniform
from split import LIST_LENGTH

VERSION = f"rectools {rectools.__version__}, torch {torch.__version__}"
warnings.filterwarnings("ignore")
for name in ("pytorch_lightning", "lightning", "lightning.pytorch"):
    logging.getLogger(name).setLevel(logging.ERROR)


def dataset(users, items):
    """Interactions in the order given: SASRec looks at the order only, so a running number stands for the time."""
    times = pd.Timestamp("2000-01-01") + pd.to_timedelta(np.arange(len(users)), unit="s")
    return Dataset.construct(pd.DataFrame({"user_id": users, "item_id": items, "weight": 1.0, "datetime": times}))


def fit(options, train, seed):
    torch.manual_seed(seed)
    model = SASRecModel(
        **options,
        loss="softmax",
        n_heads=1,
        dataloader_num_workers=0,
        recommend_torch_device="cpu",
        deterministic=True,
        verbose=0,
    )
    model.fit(dataset(train.users, train.items))
    return model, np.unique(train.items)


def rank(fitted, batch):
    model, known = fitted
    lengths = [len(sequence) for sequence in batch.sequences]
    users = np.repeat(np.arange(len(batch.users)), lengths)
    items = np.concatenate(batch.sequences)
    is_known = np.isin(items, known)
    ranked = np.full((len(batch.users), LIST_LENGTH), -1)
    if not is_known.any():
        return ranked
    asked = np.unique(users[is_known])
    answers = model.recommend(asked, dataset(users[is_known], items[is_known]), k=LIST_LENGTH, filter_viewed=True)
    ranked[answers.user_id.to_numpy(int), answers["rank"].to_numpy(int) - 1] = answers.item_id.to_numpy(int)
    return ranked


PEERS = {
    "rectools-sasrec": {
        "fit": fit,
        "rank": rank,
        "defaults": {
            "n_factors": 64,
            "n_blocks": 2,
            "session_max_len": 100,
            "dropout_rate": 0.2,
            "lr": 0.001,
            "batch_size": 128,
            "epochs": 10,
        },
        "space": {
            "n_factors": choice(64, 128),
            "dropout_rate": choice(0.1, 0.2, 0.3),
            "lr": log_uniform(0.0005, 0.003),
            "epochs": choice(10, 20),
        },
    },
}
