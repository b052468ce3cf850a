"""Passes of a DataLoader over each segment of a build, in one process and thread. See loader.mjs."""

import pathlib
import statistics
import sys
import time

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "examples" / "train-tiny"))
from dataset import PackedDataset, collate, read_schedule  # noqa: E402

CONSUMED = 292_700  # tokens a second that the Danube report's node of 8 H100 trained on (arXiv 2401.16818)
BATCH = 65_536  # tokens
PASSES = 5

torch.set_num_threads(1)
build = pathlib.Path(sys.argv[1])
for segment in read_schedule(build)["segments"]:
    length = segment["sequenceLength"]
    data = PackedDataset([build / file for file in segment["formats"]["packed"]["files"]])
    for order in ("in order", "shuffled"):
        speeds = []
        for seed in range(PASSES):
            loader = torch.utils.data.DataLoader(
                data,
                batch_size=BATCH // length,
                shuffle=order == "shuffled",
                generator=torch.Generator().manual_seed(seed),
                collate_fn=collate,
                num_workers=0,
            )
            tokens = documents = 0
            wall, cpu = time.perf_counter(), time.process_time()
            for batch in loader:
                tokens += batch["input_ids"].numel()
                documents += len(batch["cu_seqlens"]) - 1
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            assert tokens == len(data) * length
            speeds.append((tokens / wall, tokens / cpu))
        by_wall, by_cpu = (statistics.median(each) for each in zip(*speeds))
        print(
            f"{length:6,} {order:8} | {len(data):,} sequences, {documents / len(data):.2f} documents each | "
            f"{by_wall / 1e6:.1f}M tokens/s, {by_cpu / 1e6:.1f}M a second of CPU | {by_wall / CONSUMED:.0f} x {CONSUMED:,}"
        )
