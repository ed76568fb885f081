"""Trains the network of `reference_net` with torch; scoring never imports it."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from grader.probe import Floats
from grader.reference_net import IMPORTANCE_SPREAD, SMOOTHING, SPREAD, Member, Side

EPOCHS = 5
WIDTH = 64
"""Dimensions that words are projected to."""
UNITS = 32
"""Kinds of meetings told apart."""
HIDDEN = 48
BATCH = 64
_LOOKAHEAD = 2048
"""Answers among which those of like length are trained together."""
_RATE, _DECAY, _WARM = 2e-3, 1e-2, 40


class Lesson(NamedTuple):
    """One judged answer as the network sees it."""

    parties: tuple[Side, Side, Side]
    features: Floats
    """float64 [f], in standard deviations."""
    share: float
    """People's, 0 to 1."""
    weight: float


class _Padded(NamedTuple):
    tokens: torch.Tensor
    present: torch.Tensor
    rarity: torch.Tensor


class _Net(nn.Module):
    def __init__(self, dim: int, features: int) -> None:
        super().__init__()
        met = 2 * WIDTH + 3
        self.project = nn.Linear(dim, WIDTH, bias=False)
        self.importance = nn.Linear(WIDTH + 2, 1)
        self.answer = nn.Linear(met, UNITS)
        self.reference = nn.Linear(met, UNITS)
        self.hidden = nn.Linear(2 * UNITS + features, HIDDEN)
        self.out = nn.Linear(HIDDEN, 1)
        self.drop = nn.Dropout(0.25)
        self.drop_hidden = nn.Dropout(0.3)
        self.sharpness = nn.Parameter(torch.tensor([10.0]))

    def forward(self, parties: Sequence[_Padded], features: torch.Tensor) -> torch.Tensor:
        unit = nn.functional.normalize
        answer, reference, question = parties
        ours = unit(self.project(self.drop(answer.tokens)), dim=2)
        theirs = unit(self.project(self.drop(reference.tokens)), dim=2)
        asked = unit(self.project(question.tokens), dim=2)
        heard = torch.cat(
            [
                self._compare(self.answer, answer, ours, reference, theirs, question, asked),
                self._compare(self.reference, reference, theirs, answer, ours, question, asked),
                features,
            ],
            dim=1,
        )
        said: torch.Tensor = self.out(self.drop_hidden(torch.relu(self.hidden(heard))))[:, 0]
        return said

    def _compare(
        self,
        layer: nn.Linear,
        side: _Padded,
        ours: torch.Tensor,
        other: _Padded,
        theirs: torch.Tensor,
        question: _Padded,
        asked: torch.Tensor,
    ) -> torch.Tensor:
        near = _masked(ours @ theirs.transpose(1, 2), other)
        aligned = torch.softmax(self.sharpness * near, dim=2) @ theirs
        near_question = _masked(ours @ asked.transpose(1, 2), question).amax(dim=2, keepdim=True)
        rare = side.rarity[..., None]
        met = torch.cat(
            [
                (ours - aligned).abs(),
                ours * aligned * SPREAD,
                near.amax(dim=2, keepdim=True),
                near_question,
                rare,
            ],
            dim=2,
        )
        found = torch.relu(layer(self.drop(met)))
        weighed = self.importance(torch.cat([ours * IMPORTANCE_SPREAD, rare, near_question], dim=2))
        weight = torch.sigmoid(weighed) * side.present[..., None]
        return (found * weight).sum(dim=1) / (weight.sum(dim=1) + SMOOTHING)


def _masked(near: torch.Tensor, other: _Padded) -> torch.Tensor:
    return near.masked_fill(other.present[:, None] == 0, -9.0)


def train(lessons: Sequence[Lesson], seed: int, epochs: int = EPOCHS) -> Member:
    """Train one member. The same numbers on the same machine.

    Args:
        lessons: at least one.
        seed: of the start, the order and the dropout.
        epochs: passes over the lessons.

    Returns:
        Its arrays, rounded to half precision as the file holds them.
    """
    torch.manual_seed(seed)
    chance = np.random.default_rng(seed)
    net = _Net(lessons[0].parties[0].tokens.shape[1], len(lessons[0].features))
    steps = torch.optim.AdamW(net.parameters(), lr=_RATE, weight_decay=_DECAY)
    lengths = np.array([sum(len(one.tokens) for one in lesson.parties[:2]) for lesson in lessons])
    total = epochs * -(-len(lessons) // BATCH)
    done = 0
    net.train()
    for _ in range(epochs):
        for batch in _batches(lengths, chance):
            rate = _RATE * min(1.0, (done + 1) / _WARM) * max(0.02, 1.0 - done / total)
            for group in steps.param_groups:
                group["lr"] = rate
            done += 1
            _step(net, [lessons[at] for at in batch], steps)
    state = net.state_dict()
    names = {name: "project" if name == "project.weight" else name for name in state}
    return {
        names[name]: value.numpy().astype(np.float16).astype(np.float32)
        for name, value in state.items()
    }


def _batches(
    lengths: npt.NDArray[np.int_], chance: np.random.Generator
) -> list[npt.NDArray[np.int_]]:
    """All lessons once, in batches of like length, in random order."""
    order = chance.permutation(len(lengths))
    batches = []
    for start in range(0, len(order), _LOOKAHEAD):
        chunk = order[start : start + _LOOKAHEAD]
        chunk = chunk[np.argsort(lengths[chunk], kind="stable")]
        batches += [chunk[at : at + BATCH] for at in range(0, len(chunk), BATCH)]
    return [batches[at] for at in chance.permutation(len(batches))]


def _step(net: _Net, batch: Sequence[Lesson], steps: torch.optim.Optimizer) -> None:
    parties = [_padded([lesson.parties[at] for lesson in batch]) for at in range(3)]
    said = net(parties, _tensor(np.stack([lesson.features for lesson in batch])))
    wanted = _tensor(np.array([lesson.share for lesson in batch]))
    weight = _tensor(np.array([lesson.weight for lesson in batch]))
    loss = nn.functional.binary_cross_entropy_with_logits(said, wanted, weight=weight)
    steps.zero_grad()
    torch.autograd.backward(loss)
    nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    steps.step()


def _padded(some: Sequence[Side]) -> _Padded:
    longest = max(len(one.tokens) for one in some)
    tokens = np.zeros((len(some), longest, some[0].tokens.shape[1]))
    present, rarity = np.zeros((len(some), longest)), np.zeros((len(some), longest))
    for row, one in enumerate(some):
        tokens[row, : len(one.tokens)] = one.tokens
        present[row, : len(one.tokens)] = 1.0
        rarity[row, : len(one.tokens)] = one.rarity
    return _Padded(_tensor(tokens), _tensor(present), _tensor(rarity))


def _tensor(values: Floats) -> torch.Tensor:
    return torch.from_numpy(values.astype(np.float32))
