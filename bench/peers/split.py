"""Reads the files of `sona evaluate --write-split` and writes ranked lists for them. The format is described in the README beside the files."""

import gzip
import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import scipy.sparse as sp

LIST_LENGTH = 100


@dataclass
class Train:
    """What models may learn from. Events of one user stand together, the oldest first."""

    users: np.ndarray  # events
    items: np.ndarray  # events
    days: np.ndarray  # events
    engagement: np.ndarray  # events, 0–1
    user_count: int
    item_count: int

    def matrix(self, graded: bool) -> sp.csr_matrix:
        """users × items, float32: ones, or the highest engagement relative to the mean. No item twice for a user."""
        values = self.engagement if graded else np.ones(len(self.items))
        frame = pd.DataFrame({"u": self.users, "i": self.items, "v": values}).groupby(["u", "i"], sort=True).v.max()
        rows, columns = (frame.index.get_level_values(level).to_numpy() for level in (0, 1))
        numbers = frame.to_numpy(np.float32)
        if graded and len(numbers) > 0:
            numbers = numbers / numbers.mean()
        return sp.csr_matrix((numbers, (rows, columns)), shape=(self.user_count, self.item_count), dtype=np.float32)

    def popularity(self) -> np.ndarray:
        return np.bincount(self.items, minlength=self.item_count)


@dataclass
class Batch:
    """Questions, each with what is known of its user."""

    users: np.ndarray  # questions
    sequences: list  # questions × own length: items, the oldest first
    graded: list  # the same shape: engagement relative to the training mean
    item_count: int

    def history(self, graded: bool = False) -> sp.csr_matrix:
        """questions × items, float32."""
        lengths = [len(sequence) for sequence in self.sequences]
        rows = np.repeat(np.arange(len(self.users)), lengths)
        columns = np.concatenate(self.sequences) if lengths else np.zeros(0, int)
        values = np.concatenate(self.graded) if graded and lengths else np.ones(len(columns))
        matrix = sp.coo_matrix((values, (rows, columns)), shape=(len(self.users), self.item_count)).tocsr()
        if not graded:
            matrix.data[:] = 1  # an item taken twice is one item
        matrix.sort_indices()
        return matrix.astype(np.float32)


@dataclass
class Fold:
    train: Train
    users: np.ndarray  # questions
    extra_counts: np.ndarray  # questions
    extra_items: np.ndarray
    extra_engagement: np.ndarray
    extra_start: np.ndarray  # users + 1
    train_start: np.ndarray  # users + 1
    targets: dict = field(default_factory=dict)  # question → items; empty for the test

    @property
    def count(self) -> int:
        return len(self.users)

    def batch(self, questions: np.ndarray) -> Batch:
        mean = self.train.engagement.mean()
        sequences, graded = [], []
        for question in questions:
            user = self.users[question]
            own = slice(self.train_start[user], self.train_start[user + 1])
            extra = slice(self.extra_start[user], self.extra_start[user] + self.extra_counts[question])
            sequences.append(np.concatenate([self.train.items[own], self.extra_items[extra]]))
            graded.append(np.concatenate([self.train.engagement[own], self.extra_engagement[extra]]) / mean)
        return Batch(self.users[questions], sequences, graded, self.train.item_count)


def read_manifest(directory: Path) -> dict:
    return json.loads((directory / "manifest.json").read_text())


def read_fold(directory: Path, name: str) -> Fold:
    manifest = read_manifest(directory)
    folder = directory / name
    events = pd.read_csv(folder / "train.csv.gz")
    extra = pd.read_csv(folder / "extra.csv.gz")
    questions = pd.read_csv(folder / "questions.csv.gz")
    users = manifest["users"]

    def starts(frame: pd.DataFrame) -> np.ndarray:
        return np.concatenate([[0], np.cumsum(np.bincount(frame.user.to_numpy(int), minlength=users))])

    train = Train(
        events.user.to_numpy(), events.item.to_numpy(), events.day.to_numpy(), events.engagement.to_numpy(), users, manifest["items"]
    )
    targets: dict = {}
    if (folder / "targets.csv.gz").exists():
        right = pd.read_csv(folder / "targets.csv.gz")
        targets = {question: group.to_numpy() for question, group in right.groupby("question").item}
    return Fold(
        train,
        questions.user.to_numpy(),
        questions.extra.to_numpy(),
        extra.item.to_numpy(int),
        extra.engagement.to_numpy(float),
        starts(extra),
        starts(events),
        targets,
    )


def best_unseen(scores: np.ndarray, batch: Batch, length: int = LIST_LENGTH) -> np.ndarray:
    """questions × length: the items of the highest finite scores without those of the history, −1 where there are no more."""
    scores = np.array(scores, dtype=np.float32)
    scores[~np.isfinite(scores)] = -np.inf
    for row, sequence in enumerate(batch.sequences):
        scores[row, sequence] = -np.inf
    length = min(length, scores.shape[1])
    top = np.argpartition(-scores, length - 1, axis=1)[:, :length]
    values = np.take_along_axis(scores, top, axis=1)
    order = np.argsort(-values, axis=1, kind="stable")
    top = np.take_along_axis(top, order, axis=1)
    return np.where(np.isfinite(np.take_along_axis(values, order, axis=1)), top, -1)


def filled(ranked: np.ndarray, batch: Batch, popular: np.ndarray, length: int = LIST_LENGTH) -> list:
    """The lists without −1 and without what the user has; those that are short are filled up with what is popular."""
    lists = []
    for row, sequence in zip(ranked, batch.sequences, strict=True):
        taken = set(sequence.tolist())
        items = []
        for item in row.tolist():
            if item >= 0 and item not in taken:
                items.append(item)
                taken.add(item)
        if len(items) < length:
            for item in popular.tolist():
                if item in taken:
                    continue
                items.append(item)
                if len(items) == length:
                    break
        lists.append(items[:length])
    return lists


def ndcg(lists: list, targets: list, k: int = 10) -> float:
    """Mean over the lists of DCG@k / IDCG@k, binary relevance. For tuning only: the table is made by Sona's own code."""
    discount = 1 / np.log2(np.arange(k) + 2)
    total = 0.0
    for items, right in zip(lists, targets, strict=True):
        hits = np.isin(items[:k], right)
        total += (hits * discount[: len(hits)]).sum() / discount[: min(k, len(right))].sum()
    return total / len(lists)


def write_ranked(path: Path, header: dict, folds: dict) -> None:
    with gzip.open(path, "wt", compresslevel=3) as out:
        out.write(json.dumps(header) + "\n")
        for fold, lists in folds.items():
            for question, items in enumerate(lists):
                out.write(json.dumps({"fold": fold, "question": question, "items": items}, separators=(",", ":")) + "\n")
