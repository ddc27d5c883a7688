"""Writes test/reference/minilm.json: tokens and vectors of all-MiniLM-L6-v2 by its reference implementation.

    pip install numpy torch transformers && python bench/peers/minilm.py <directory of the model>

Mean pooling over the attention mask and unit length, as the model's own card describes. Vectors are 32-bit numbers in base64.
"""
import base64
import json
import pathlib
import sys

import torch
import transformers

TEXTS = [
    "A tug crew answers a distress call and brings something back aboard.",
    "Seven people on a towing ship in deep space are hunted by a creature that one of them let in.",
    "In space, a freighter's crew wakes too early and finds an alien.",
    "A clownfish crosses the ocean to find his son, who was taken to a dentist's aquarium.",
    "A nervous father fish and a forgetful companion search the sea for a lost child.",
    "An animated film about a little fish that is caught on a reef and longs to get home.",
    "A hobbit carries a ring to the mountain where it must be destroyed.",
    "Nine companions set out so that a dark lord may not get his ring back.",
    "An epic fantasy about a quest, elves, dwarves and a magic ring.",
    "Two strangers meet on a train and walk through Vienna until the morning.",
    "A young American and a Frenchwoman talk for one night in Vienna and fall in love.",
    "A romance told almost wholly in conversation, in the streets of one city.",
    "Amélie", "AMELIE", "amélie!", "Se7en (1995)", "2001: A Space Odyssey", "Don't Look Now",
    "千と千尋の神隠し", "기생충", "Сталкер", "Das Leben der Anderen – ein Film über die Stasi",
    "naïve café, Œuvre, ﬁn, ½", "tab\tand\nnewline  and   blanks", "co-op; e.g. U.S.A. vs. them?!", "a" * 120, "[MASK] [SEP] film",
    "🎬 film 🍿", "supercalifragilisticexpialidocious", "\u200bzero\u00adwidth", " ".join(["word"] * 400),
]
MOST_TOKENS = 256

directory = sys.argv[1]
tokenizer = transformers.AutoTokenizer.from_pretrained(directory)
model = transformers.AutoModel.from_pretrained(directory).eval()
rows = []
for text in TEXTS:
    given = tokenizer(text, truncation=True, max_length=MOST_TOKENS, return_tensors="pt")
    with torch.no_grad():
        hidden = model(**given).last_hidden_state[0]
    vector = torch.nn.functional.normalize(hidden.mean(0), dim=0)
    rows.append({
        "text": text,
        "tokens": given["input_ids"][0].tolist(),
        "vector": base64.b64encode(vector.numpy().astype("<f4").tobytes()).decode(),
    })
target = pathlib.Path(__file__).parent.parent.parent / "test/reference/minilm.json"
about = {"torch": torch.__version__, "transformers": transformers.__version__, "mostTokens": MOST_TOKENS}
target.write_text(json.dumps({**about, "rows": rows}, ensure_ascii=True, indent=1) + "\n")
