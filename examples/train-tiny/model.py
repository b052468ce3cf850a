"""A small decoder-only transformer: rotary positions, attention within documents, tied embeddings."""

import torch
from torch import nn
from torch.nn import functional as F


class Model(nn.Module):
    """Of a vocabulary, the tokens in the mask `used` have an embedding: of a small build's tokens, a third."""

    def __init__(self, used, width=128, layers=4, heads=4):
        super().__init__()
        self.heads = heads
        self.register_buffer("rows", torch.where(used, used.cumsum(0) - 1, -1))
        self.embed = nn.Embedding(int(used.sum()), width)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(layers))
        self.norm = nn.RMSNorm(width)
        nn.init.normal_(self.embed.weight, std=0.1)

    def loss(self, input_ids, position_ids, document_ids, labels, reduction="mean"):
        """Cross-entropy in nats a label; -100 is none."""
        logits = self(self.rows[input_ids], position_ids, document_ids)
        targets = torch.where(labels >= 0, self.rows[labels.clamp(min=0)], -100)
        return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction=reduction)

    def forward(self, rows, position_ids, document_ids):
        """Logits [batch, S, rows of the embedding]."""
        x = self.embed(rows)
        rotation = rotations(position_ids, x.shape[-1] // self.heads)
        mask = document_mask(document_ids)
        for block in self.blocks:
            x = block(x, rotation, mask)
        return self.norm(x) @ self.embed.weight.T


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.RMSNorm(width), nn.RMSNorm(width)
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        self.up = nn.Linear(width, 4 * width, bias=False)
        self.down = nn.Linear(4 * width, width, bias=False)
        nn.init.zeros_(self.out.weight)  # a block begins as the identity
        nn.init.zeros_(self.down.weight)

    def forward(self, x, rotation, mask):
        batch, size, width = x.shape
        # [3, batch, heads, S, width of a head]
        q, k, v = self.qkv(self.norm1(x)).view(batch, size, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(rotate(q, rotation), rotate(k, rotation), v, attn_mask=mask)
        x = x + self.out(mixed.transpose(1, 2).reshape(batch, size, width))
        return x + self.down(F.gelu(self.up(self.norm2(x))))


def document_mask(document_ids):
    """[batch, 1, S, S]: whether a token (row) sees another (column): one of its document, not after it."""
    same = document_ids[:, None, :, None] == document_ids[:, None, None, :]
    return same.tril()


def rotations(position_ids, width):
    """Cosines and sines [batch, 1, S, width / 2] of the angles position × 10,000^(-2i / width)."""
    rates = 10_000.0 ** (-torch.arange(0, width, 2, device=position_ids.device) / width)
    angles = position_ids[:, None, :, None] * rates
    return angles.cos(), angles.sin()


def rotate(x, rotation):
    cos, sin = rotation
    a, b = x.chunk(2, dim=-1)
    return torch.cat([a * cos - b * sin, a * sin + b * cos], dim=-1)
