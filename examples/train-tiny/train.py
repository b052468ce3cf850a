"""Trains a small transformer on a build, segment by segment as its schedule says, and draws its losses.

    python train.py BUILD --out FOLDER

In FOLDER: losses.json and curve.svg. Same arguments, same machine: same losses.
"""

import argparse
import json
import math
import os
import pathlib
import time

os.environ.setdefault(
    "CUBLAS_WORKSPACE_CONFIG", ":4096:8"
)  # CUDA's matrix products are reproducible only with it

import numpy as np
import torch

from curve import draw
from dataset import PackedDataset, collate, read_schedule
from model import Model

WARMUP = 20  # steps in which the learning rate rises to its full height; then a cosine down to a tenth
VALIDATIONS = 12  # in a run


def main():
    options = arguments()
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    torch.use_deterministic_algorithms(True, warn_only=True)
    device = pick_device(options.device)
    build = pathlib.Path(options.build)
    segments = segments_of(build, options.steps)
    holdout, test = holdout_of(build, options.validate)
    vocabulary = segments[0]["data"].vocabulary
    steps = sum(segment["steps"] for segment in segments)

    # What a model reaches that knows how often each token occurs, and nothing of what came before.
    training = [counts_of(segment["data"], vocabulary) for segment in segments]
    entropy = entropy_of(sum(training))
    held_out, of_test = (
        {name: entropy_of(counts_of(data, vocabulary)) for name, data in part.items()}
        for part in (holdout, test)
    )
    print(f"unigram entropy: {entropy:.3f} nats a token of the corpus; " + by_source("held out: ", held_out))

    inputs = [segment["data"] for segment in segments] + list(holdout.values()) + list(test.values())
    used = torch.from_numpy(sum(counts_of(data, vocabulary, "input_ids") for data in inputs) > 0)
    model = Model(used, options.width, options.layers, options.heads).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=options.rate, betas=(0.9, 0.95), weight_decay=0.1)
    parameters = sum(p.numel() for p in model.parameters())
    print(f"{parameters:,} parameters, {steps} steps on {device}")

    log = {"entropy": entropy, "held_out": held_out, "segments": [], "steps": [], "validation": []}
    began, tokens, step = time.monotonic(), 0, 0

    def validate():
        losses = {name: evaluate(model, data, device) for name, data in holdout.items()}
        log["validation"].append({"step": step, "tokens": tokens, "losses": losses})
        recent = [each["loss"] for each in log["steps"][-10:]]
        training = f"  training: {np.mean(recent):.3f}" if recent else ""
        print(
            f"step {step:4} {tokens:8,} tokens{training}  {by_source('held out: ', losses)}  {time.monotonic() - began:.0f} s",
            flush=True,
        )

    validate()
    for segment in segments:
        print(f"{segment['stage']}: sequences of {segment['length']}")
        log["segments"].append({"stage": segment["stage"], "length": segment["length"], "tokens": tokens})
        for batch in batches(segment):
            for group in optimizer.param_groups:
                group["lr"] = options.rate * rate_at(step, steps)
            loss = loss_of(model, batch, device)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            step += 1
            tokens += batch["input_ids"].numel()
            log["steps"].append({"tokens": tokens, "loss": loss.item()})
            if step % max(1, steps // VALIDATIONS) == 0 or step == steps:
                validate()

    # Looked at once, when nothing is left to choose.
    log["test"] = {
        name: {"loss": evaluate(model, data, device), "entropy": of_test[name]} for name, data in test.items()
    }
    for name, each in log["test"].items():
        print(f"test: {name} {each['loss']:.3f} of {each['entropy']:.3f}")
    out = pathlib.Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    (out / "losses.json").write_text(json.dumps(log, indent=1))
    (out / "curve.svg").write_text(draw(log))
    print(f"{out / 'losses.json'} and {out / 'curve.svg'} are written")


def segments_of(build, limit):
    """Each segment's stage, sequences, batch and steps; no more than `limit` steps in all, every segment cut alike."""
    segments = []
    for segment in read_schedule(build)["segments"]:
        packed = segment["formats"]["packed"]
        if "steps" not in packed:
            raise SystemExit(
                f"{build} has no training steps: set `batchTokens` in its recipe, and build again."
            )
        data = PackedDataset([build / file for file in packed["files"]])
        steps = packed["steps"]
        segments.append(
            {
                "stage": segment["stage"],
                "length": segment["sequenceLength"],
                "data": data,
                "batch": steps["batchSequences"],
                "steps": steps["count"],
            }
        )
    total = sum(segment["steps"] for segment in segments)
    if limit is not None and limit < total:
        for segment in segments:
            segment["steps"] = math.ceil(segment["steps"] * limit / total)
    segments = [segment for segment in segments if segment["steps"] > 0]
    if not segments:
        raise SystemExit(
            f"{build} has no whole training step: lower `batchTokens` in its recipe, or ask for more tokens, and build again."
        )
    return segments


def holdout_of(build, most):
    """Of what is held out of each source: the first `most` tokens or so, to validate on, and the rest, to test on."""
    validation, test = {}, {}
    for name, formats in read_schedule(build)["holdout"].items():
        data = PackedDataset([build / file for file in formats["packed"]["files"]])
        count = min(len(data), math.ceil(most / data.sequence_length))
        validation[name] = torch.utils.data.Subset(data, range(count))
        if count < len(data):
            test[name] = torch.utils.data.Subset(data, range(count, len(data)))
    if not validation:
        raise SystemExit(
            f"{build} has no holdout to validate on: set `holdout` in its recipe, and build again."
        )
    return validation, test


def batches(segment):
    """A segment's steps, in the order of its files: it is the schedule's."""
    used = torch.utils.data.Subset(segment["data"], range(segment["batch"] * segment["steps"]))
    return torch.utils.data.DataLoader(used, batch_size=segment["batch"], collate_fn=collate)


def loss_of(model, batch, device, reduction="mean"):
    names = ("input_ids", "position_ids", "document_ids", "labels")
    return model.loss(*(batch[name].to(device) for name in names), reduction)


@torch.no_grad()
def evaluate(model, data, device):
    total = count = 0
    for batch in torch.utils.data.DataLoader(data, batch_size=8, collate_fn=collate):
        total += loss_of(model, batch, device, "sum").item()
        count += int((batch["labels"] != -100).sum())
    return total / max(1, count)


def counts_of(data, vocabulary, name="labels"):
    """How often each token is a label, or an input."""
    counts = np.zeros(vocabulary, np.int64)
    for batch in torch.utils.data.DataLoader(data, batch_size=64, collate_fn=collate):
        ids = batch[name].numpy().ravel()
        counts += np.bincount(ids[ids >= 0], minlength=vocabulary)
    return counts


def entropy_of(counts):
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log(shares)).sum())


def rate_at(step, steps):
    """The learning rate's share of its full height."""
    if step < WARMUP:
        return (step + 1) / WARMUP
    return 0.55 + 0.45 * math.cos(math.pi * (step - WARMUP) / max(1, steps - WARMUP))


def by_source(label, values):
    return label + ", ".join(f"{name} {value:.3f}" for name, value in values.items())


def pick_device(name):
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        return torch.zeros(1, device=name).device
    except (RuntimeError, AssertionError) as error:
        raise SystemExit(
            f"torch cannot use --device {name} here: leave it out, or say cpu.\n{error}"
        ) from None


def arguments():
    parser = argparse.ArgumentParser(
        description="Trains a small transformer on a build with `packed` shards."
    )
    parser.add_argument("build", help="folder of a finished build, such as train-tiny")
    parser.add_argument("--out", default="train-tiny-run", help="folder for losses.json and curve.svg")
    parser.add_argument("--device", default="auto", help="cpu, cuda, …; auto: a GPU where there is one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--threads", type=int, default=2, help="of torch on the CPU; sums, and so losses, depend on it"
    )
    parser.add_argument("--steps", type=int, help="train about this many steps, of every segment its part")
    parser.add_argument(
        "--validate",
        type=int,
        default=8192,
        help="held-out tokens of each source to validate on; the rest is the test, at the end",
    )
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--heads", type=int, default=4)
    parser.add_argument("--rate", type=float, default=3e-3, help="the highest learning rate")
    options = parser.parse_args()
    if options.steps is not None and options.steps < 1:
        parser.error("--steps is at least 1")
    if options.width % (2 * options.heads) != 0:
        parser.error("--width is a multiple of twice --heads")
    return options


if __name__ == "__main__":
    main()
