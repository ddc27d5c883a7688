"""Makes ranking-metrics.json: ranked lists with their metrics as two independent libraries compute them.

    python -m venv venv && venv/bin/pip install ranx==0.3.21 scikit-learn==1.9.1
    venv/bin/python test/reference/ranking-metrics.py > test/reference/ranking-metrics.json

ranx: lists without ties. scikit-learn: NDCG of whole lists with ties, which it averages over all orders of the tied titles.
"""

import json

import numpy as np
from ranx import Qrels, Run, evaluate
from sklearn.metrics import ndcg_score

METRICS = {"ndcg": "ndcg", "recall": "recall", "precision": "precision", "hit-rate": "hit_rate", "mrr": "mrr", "map": "map"}
CUT_OFFS = [1, 5, 10, 20]

random = np.random.default_rng(20)


def plain_case(items: int, length: int, targets: int) -> dict:
    ranked = [int(item) for item in random.permutation(items)[:length]]
    wanted = sorted(int(item) for item in random.choice(items, targets, replace=False))
    qrels = Qrels({"q": {str(item): 1 for item in wanted}})
    run = Run({"q": {str(item): float(length - place) for place, item in enumerate(ranked)}})
    # ranx divides average precision by the number of targets; cut at k, we divide by min(k, targets).
    correction = {k: targets / min(k, targets) for k in CUT_OFFS}
    expected = {
        f"{name}@{k}": float(evaluate(qrels, run, f"{theirs}@{k}")) * (correction[k] if name == "map" else 1)
        for name, theirs in METRICS.items()
        for k in CUT_OFFS
    }
    return {"ranked": ranked, "targets": wanted, "expected": expected}


def tied_case(items: int, levels: int, targets: int) -> dict:
    scores = random.integers(0, levels, items)
    order = np.lexsort((np.arange(items), -scores))
    wanted = sorted(int(item) for item in random.choice(items, targets, replace=False))
    relevance = np.zeros(items)
    relevance[wanted] = 1
    expected = {f"ndcg@{k}": float(ndcg_score([relevance], [scores], k=k)) for k in CUT_OFFS}
    return {
        "ranked": [int(item) for item in order],
        "scores": [int(scores[item]) for item in order],
        "targets": wanted,
        "expected": expected,
    }


plain = [plain_case(40, int(random.integers(1, 40)), int(random.integers(1, 15))) for _ in range(40)]
tied = [tied_case(40, int(random.integers(2, 12)), int(random.integers(1, 15))) for _ in range(20)]
print(json.dumps({"made by": "ranking-metrics.py", "plain": plain, "tied": tied}))
