"""The Python half of bench/encode.ts: ONNX Runtime and the tokenizers library on the same files, batches and threads.

    encode.py <directory of the encoder> <texts as JSON> <most tokens> <threads>

Answers one line of JSON for each line of standard input: {"task": "all", "batch": 32} or {"task": "one", "text": "..."}. The texts of a
batch are alike in length, as sentence-transformers sorts them. Milliseconds are those of the wall, tokenising included.
"""
import json
import sys
import time

import numpy as np
import onnxruntime
import tokenizers

directory, texts_file, most_tokens, threads = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
texts = json.load(open(texts_file))

tokenizer = tokenizers.Tokenizer.from_file(f"{directory}/tokenizer.json")
tokenizer.no_padding()
tokenizer.enable_truncation(most_tokens)
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = threads
options.inter_op_num_threads = 1
session = onnxruntime.InferenceSession(f"{directory}/text_encoder.onnx", options, providers=["CPUExecutionProvider"])


def run(rows):
    length = max(len(row) for row in rows)
    ids = np.zeros((len(rows), length), np.int64)
    mask = np.zeros((len(rows), length), np.int64)
    for place, row in enumerate(rows):
        ids[place, :len(row)] = row
        mask[place, :len(row)] = 1
    return session.run(["embedding"], {"input_ids": ids, "attention_mask": mask})[0]


def encode(batch_texts, batch):
    rows = [encoding.ids for encoding in tokenizer.encode_batch(batch_texts)]
    order = np.argsort([-len(row) for row in rows], kind="stable")
    vectors = np.empty((len(rows), session.get_outputs()[0].shape[1]), np.float32)
    for start in range(0, len(order), batch):
        places = order[start:start + batch]
        vectors[places] = run([rows[place] for place in places])
    return vectors


print(json.dumps({"onnxruntime": onnxruntime.__version__, "tokenizers": tokenizers.__version__}), flush=True)
for line in sys.stdin:
    task = json.loads(line)
    start, cpu = time.perf_counter(), time.process_time()
    vectors = encode(texts, task["batch"]) if task["task"] == "all" else encode([task["text"]], 1)
    milliseconds = (time.perf_counter() - start) * 1000
    cpu_milliseconds = (time.process_time() - cpu) * 1000
    print(json.dumps({"ms": milliseconds, "cpuMs": cpu_milliseconds, "first": [float(value) for value in vectors[0]]}), flush=True)
