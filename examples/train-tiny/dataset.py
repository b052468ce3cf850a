"""Sequences of millrace's `packed` shards (Arrow files), for torch."""

import bisect
import json
import os
import pathlib

import numpy as np
import pyarrow as pa
import torch


def read_schedule(build):
    """The schedule of a build, whose segments all have `packed` shards."""
    path = pathlib.Path(build) / "schedule.json"
    if not path.is_file():
        raise SystemExit(
            f"{build} is no finished build: {path} is missing. Make it with `millrace build RECIPE --out {build}`."
        )
    schedule = json.loads(path.read_text())
    missing = [s["stage"] for s in schedule["segments"] if "packed" not in s["formats"]]
    if missing:
        raise SystemExit(
            f"{build} has no `packed` shards (stage {missing[0]}): add `packed` to `output.formats` of its recipe, and build again."
        )
    return schedule


class PackedDataset(torch.utils.data.Dataset):
    """Item i is sequence i of the files in their order, as arrays that point into the memory-mapped files."""

    def __init__(self, files):
        self.files = [str(file) for file in files]
        self.batches = []
        self.starts = []  # sequence with which each batch begins
        rows = 0
        for file in self.files:
            reader = open_shard(file)
            self.sequence_length = int(reader.schema.metadata[b"millrace.sequence_length"])
            self.vocabulary = int(reader.schema.metadata[b"millrace.vocabulary_size"])
            for i in range(reader.num_record_batches):
                batch = reader.get_batch(i)
                self.batches.append(columns_of(batch))
                self.starts.append(rows)
                rows += batch.num_rows
        self.rows = rows

    def __reduce__(self):  # a worker process maps the files itself
        return PackedDataset, (self.files,)

    def __len__(self):
        return self.rows

    def __getitem__(self, index):
        if not 0 <= index < self.rows:
            raise IndexError(index)
        at = bisect.bisect_right(self.starts, index) - 1
        ids, bits, first, ends, lengths = self.batches[at]
        row = index - self.starts[at]
        learned = bools(bits, first + row * self.sequence_length, self.sequence_length)
        return ids[row], learned, lengths[ends[row] : ends[row + 1]]


def open_shard(file):
    if not os.path.isfile(file):
        raise SystemExit(f"{file} is missing: build again, it is made anew.")
    try:
        reader = pa.ipc.open_file(pa.memory_map(file))
        packed = (reader.schema.metadata or {}).get(b"millrace.format") == b"packed"
    except pa.ArrowInvalid:
        packed = False
    if not packed:
        raise SystemExit(f"{file} is no `packed` shard of millrace.")
    return reader


def columns_of(batch):
    """A record batch's columns as NumPy arrays that copy nothing; of the loss mask, its bits and the first of them."""
    ids = batch.column("input_ids").flatten().to_numpy().reshape(batch.num_rows, -1)
    mask = batch.column("loss_mask").flatten()
    lengths = batch.column("document_lengths")
    return (
        ids,
        np.frombuffer(mask.buffers()[1], np.uint8),
        mask.offset,
        lengths.offsets.to_numpy(),
        lengths.values.to_numpy(),
    )


def bools(bits, start, count):
    """`count` bits from bit `start` on, the lowest of a byte first."""
    from_byte, skip = divmod(start, 8)
    unpacked = np.unpackbits(bits[from_byte : (start + count + 7) // 8], bitorder="little")
    return unpacked[skip : skip + count].view(bool)


def boundaries_of(lengths, size):
    """Of sequences of `size` tokens, from the lengths of each one's documents:

    - position_ids: int64 [batch, S], from 0 in each document
    - document_ids: int32 [batch, S], from 1 in each sequence; padding: 0
    - cu_seqlens: int32, a 0 and the ends of all documents of the flattened batch; padding counts as one more
    """
    pieces, numbers = [], []
    for own in lengths:
        padding = size - int(own.sum())
        number = np.arange(1, len(own) + 1, dtype=np.int32)
        pieces.append(np.append(own, padding) if padding > 0 else own)
        numbers.append(np.append(number, np.int32(0)) if padding > 0 else number)
    pieces, numbers = np.concatenate(pieces), np.concatenate(numbers)
    cu_seqlens = np.concatenate([[0], np.cumsum(pieces)])
    position_ids = np.arange(len(lengths) * size) - np.repeat(cu_seqlens[:-1], pieces)
    document_ids = np.repeat(numbers, pieces)
    return position_ids.reshape(-1, size), document_ids.reshape(-1, size), cu_seqlens.astype(np.int32)


def collate(items):
    """A batch of sequences as tensors:

    - input_ids: int64 [batch, S]
    - position_ids, document_ids, cu_seqlens: as `boundaries_of` gives them
    - labels: int64 [batch, S], the next token; -100 where there is none in the document, or the loss does not count it
    """
    ids, learned, lengths = zip(*items)
    input_ids = np.stack(ids)
    position_ids, document_ids, cu_seqlens = boundaries_of(lengths, input_ids.shape[1])
    labels = np.full(input_ids.shape, -100, np.int64)
    counted = np.stack(learned)[:, 1:] & (position_ids[:, 1:] != 0)
    np.copyto(labels[:, :-1], input_ids[:, 1:], where=counted)
    return {
        "input_ids": torch.from_numpy(input_ids.astype(np.int64)),
        "position_ids": torch.from_numpy(position_ids),
        "document_ids": torch.from_numpy(document_ids),
        "labels": torch.from_numpy(labels),
        "cu_seqlens": torch.from_numpy(cu_seqlens),
    }
