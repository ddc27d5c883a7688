"""One peer on one split, in two processes, so that the memory of the second is that of learning and answering alone:

    python peer.py tune   <name> --split <dir> --out <options.json> [--trials 12] [--seed 1]
    python peer.py answer <name> --split <dir> --options <options.json> --out <lists.ndjson.gz>
    python peer.py list

`tune` tries the defaults and seeded random draws on the validation fold, by NDCG@10 of a sample of its questions; `answer` learns with the
best options from the training data of each fold and ranks for every question. A peer whose package is missing says so in its file.
"""

import argparse
import gc
import importlib
import json
import random
import resource
import sys
import time
import warnings
from pathlib import Path

MODULES = {"implicit": "implicit_peers", "lenskit": "lenskit_peers", "numpy": "numpy_peers", "rectools": "rectools_peers"}
NAMES = [
    "numpy-ease",
    "implicit-als",
    "implicit-bm25",
    "implicit-tfidf",
    "implicit-cosine",
    "implicit-bpr",
    "implicit-lmf",
    "lenskit-user-knn",
    "lenskit-item-knn",
    "lenskit-implicit-mf",
    "lenskit-popularity",
]
# Asked for by name only: on two cores an epoch over MovieLens 1M takes minutes.
SLOW_NAMES = ["rectools-sasrec"]
BATCH = 512


def load(name):
    """The peer and the version of its package; a missing package is an ImportError."""
    package = name.split("-")[0]
    if package != "numpy":
        importlib.import_module(package)
    module = importlib.import_module(MODULES[package])
    return module.PEERS[name], module.VERSION


def answer_all(peer, fitted, fold, questions):
    import numpy as np
    from split import filled

    popular = np.argsort(-fold.train.popularity(), kind="stable")
    lists = []
    for first in range(0, len(questions), BATCH):
        batch = fold.batch(questions[first : first + BATCH])
        lists += filled(np.asarray(peer["rank"](fitted, batch)), batch, popular)
    return lists


def tune(args):
    import numpy as np
    from search import trials
    from split import ndcg, read_fold

    peer, version = load(args.name)
    fold = read_fold(args.split, "validation")
    count = min(fold.count, args.questions)
    questions = np.sort(np.random.default_rng(args.seed).choice(fold.count, count, replace=False))
    targets = [fold.targets[question] for question in questions.tolist()]
    tried = []
    started = time.perf_counter()
    for options in trials(peer["space"], peer["defaults"], args.trials, random.Random(args.seed)):
        before = time.perf_counter()
        if tried and before - started > args.seconds:
            break
        fitted = peer["fit"](options, fold.train, args.seed)
        score = ndcg(answer_all(peer, fitted, fold, questions), targets)
        del fitted
        gc.collect()
        tried.append({"options": options, "ndcg@10": round(score, 5), "seconds": round(time.perf_counter() - before, 2)})
        print(f"{args.name} {score:.4f} {options}", file=sys.stderr, flush=True)
    best = max(tried, key=lambda trial: trial["ndcg@10"])
    report = {
        "name": args.name,
        "version": version,
        "options": best["options"],
        "trials": len(tried),
        "questions": count,
        "tuneSeconds": round(time.perf_counter() - started, 1),
        "tried": tried,
    }
    args.out.write_text(json.dumps(report, indent=1) + "\n")


def answer(args):
    import numpy as np
    from split import read_fold, read_manifest, write_ranked

    peer, version = load(args.name)
    tuned = json.loads(args.options.read_text())
    manifest = read_manifest(args.split)
    lists, fitted, train_seconds, rate = {}, None, 0.0, 0.0
    for name in ("validation", "test"):
        fold = read_fold(args.split, name)
        # Where both folds learn from the same events (leave-last-out) one model answers both.
        if fitted is None or manifest["protocol"] != "leave-last-out":
            fitted = None
            gc.collect()
            before = time.perf_counter()
            fitted = peer["fit"](tuned["options"], fold.train, args.seed)
            train_seconds = time.perf_counter() - before
        before = time.perf_counter()
        lists[name] = answer_all(peer, fitted, fold, np.arange(fold.count))
        rate = fold.count / (time.perf_counter() - before)
    header = {
        "fingerprint": manifest["fingerprint"],
        "name": args.name,
        "trainSeconds": round(train_seconds, 2),
        "peakMemoryMb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "details": {
            "version": version,
            "options": tuned["options"],
            "trials": tuned["trials"],
            "tuneSeconds": tuned["tuneSeconds"],
            "listsPerSecond": round(rate),
        },
    }
    write_ranked(args.out, header, lists)


def say_missing(args, error):
    from split import read_manifest, write_ranked

    package = args.name.split("-")[0]
    note = f"{package} is not installed ({error}); see bench/peers/setup.sh"
    write_ranked(args.out, {"fingerprint": read_manifest(args.split)["fingerprint"], "name": args.name, "error": note}, {})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=["tune", "answer", "list"])
    parser.add_argument("name", nargs="?", choices=NAMES + SLOW_NAMES)
    parser.add_argument("--split", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--options", type=Path)
    parser.add_argument("--trials", type=int, default=12)
    parser.add_argument("--questions", type=int, default=1000, help="validation questions a trial is judged by")
    parser.add_argument("--seconds", type=float, default=150, help="no further trial is begun after this")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    warnings.filterwarnings("ignore")
    if args.action == "list":
        print("\n".join(NAMES))
        return
    try:
        load(args.name)
    except ImportError as error:
        print(f"{args.name} is left out: {error}", file=sys.stderr)
        if args.action == "answer":
            say_missing(args, error)
        return
    (tune if args.action == "tune" else answer)(args)


if __name__ == "__main__":
    main()
