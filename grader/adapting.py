"""Trains the default encoder's adapter on rubrics' exemplars and counterexamples.

Run as `python -m grader.adapting RUBRIC.json ... --output adapter.safetensors`; the files are
those of `grader.fitting`. No answer is read. In each step the sentences of one rubric are embedded,
and each is held against the others by a soft nearest-neighbour score per point (Frosst et al.
2019): exemplars should come out near their point's exemplars, counterexamples and what denies an
exemplar should not. A pull keeps the vectors near those of the base.
"""

import argparse
import math
import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from grader.adapter import AdapterRecord, read_parts, write_adapter
from grader.episodes import Episode, Mixture, draw_episode
from grader.errors import GraderError
from grader.fitting import Source, read_source
from grader.sentence_encoder import load_base
from grader.weights import base_weights

TARGETS = ("query", "key", "value", "dense")
RANK = 8
ALPHA = 16.0
_LENGTH = 128
"""Tokens of a sentence that are read."""
_SMOOTHING = 0.04
_SHARP = 10.0
"""How steep the shared reading of asserted against denied is."""
_UNRELATED = -3.0
"""Cosine that counts where a sentence has nothing to be compared with."""
_WARM_UP = 20
_FLOOR = 0.05


@dataclass(frozen=True, slots=True)
class Settings:
    """How to train."""

    steps: int = 360
    learning_rate: float = 6e-4
    seed: int = 0
    temperature: float = 0.07
    keep: float = 0.3
    """What staying near the base counts beside telling points apart."""
    polarity: float = 0.3
    """What telling asserted from denied over all points counts."""
    dropout: float = 0.1
    narrow: bool = False
    """Whether products are taken in bfloat16: faster where the processor has it."""


class LowRank(nn.Module):
    """A frozen linear layer with a trainable low-rank part beside it.

    Args:
        inner: the layer.
        dropout: share of its inputs that the low-rank part does not see in training.
    """

    def __init__(self, inner: nn.Linear, dropout: float) -> None:
        super().__init__()
        self.inner = inner
        self.a = nn.Parameter(torch.randn(RANK, inner.in_features) / math.sqrt(inner.in_features))
        self.b = nn.Parameter(torch.zeros(inner.out_features, RANK))
        self.dropout = nn.Dropout(dropout)

    def forward(self, values: Tensor) -> Tensor:
        """Apply both: [.., in] to [.., out]."""
        frozen: Tensor = self.inner(values)
        beside: Tensor = self.dropout(values) @ self.a.T @ self.b.T
        return frozen + beside * (ALPHA / RANK)


class Heads(nn.Module):
    """What turns nearness into log-odds, and the shared reading of asserted against denied.

    Args:
        dim: length of a vector.
    """

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(0.0))
        self.shift = nn.Parameter(torch.tensor(0.0))
        self.polarity = nn.Linear(dim, 1)


def train(
    sources: Sequence[Source],
    settings: Settings,
    mixture: Mixture,
    start: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Train an adapter. The same input gives the same adapter on one machine with one thread.

    Args:
        sources: rubrics with their questions, at least one.
        settings: how.
        mixture: on what.
        start: an adapter of the same shape to go on from, as returned; None to begin anew.

    Returns:
        `<module>.a` float32 [rank, in] and `<module>.b` float32 [out, rank].
    """
    torch.manual_seed(settings.seed)
    chance = random.Random(settings.seed)  # noqa: S311 - to be repeated, not to be guessed
    (tokenizer, model), (_, base) = load_base(), load_base()
    layers = adapt(model, settings.dropout)
    if start is not None:
        _go_on(layers, start)
    heads = Heads(model.config.hidden_size)
    adapted = [part for layer in layers.values() for part in (layer.a, layer.b)]
    optimiser = torch.optim.AdamW(
        [
            {"params": adapted, "lr": settings.learning_rate},
            {"params": list(heads.parameters()), "lr": 1e-2},
        ],
        weight_decay=0.01,
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda at: _rate(at, settings.steps))
    model.train()
    base.eval()
    waiting: list[Source] = []
    for _ in range(settings.steps):
        if not waiting:
            waiting = chance.sample(list(sources), len(sources))
        source = waiting.pop()
        others = [other.rubric for other in sources if other.rubric.id != source.rubric.id]
        episode = draw_episode(source.rubric, source.question, others, chance, mixture)
        loss = _loss(episode, tokenizer, (model, base), heads, settings)
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(adapted, 1.0)
        optimiser.step()
        optimiser.zero_grad()
        schedule.step()
    return {
        f"{name}.{part}": getattr(layer, part).detach().numpy()
        for name, layer in layers.items()
        for part in ("a", "b")
    }


def adapt(model: nn.Module, dropout: float) -> dict[str, LowRank]:
    """Freeze a transformer and put a low-rank part beside each of its encoder's linear layers.

    Returns:
        The new layers by the path of what they took the place of.
    """
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    found = [
        (name, module)
        for name, module in model.named_modules()
        if isinstance(module, nn.Linear)
        and name.startswith("encoder.layer.")
        and name.rpartition(".")[2] in TARGETS
    ]
    layers = {}
    for name, module in found:
        parent, _, last = name.rpartition(".")
        layers[name] = LowRank(module, dropout)
        setattr(model.get_submodule(parent), last, layers[name])
    return layers


def _go_on(layers: Mapping[str, LowRank], start: Mapping[str, Any]) -> None:
    """Give the low-rank parts the values of an adapter.

    Raises:
        ValueError: it has others.
    """
    wanted = {f"{name}.{part}" for name in layers for part in ("a", "b")}
    if wanted != set(start):
        raise ValueError("the adapter to start from changes other modules")
    for name, layer in layers.items():
        layer.a.data = torch.tensor(start[f"{name}.a"])
        layer.b.data = torch.tensor(start[f"{name}.b"])


def _rate(step: int, steps: int) -> float:
    """Warm up, then fall along a cosine to a twentieth."""
    fall = 0.5 * (1.0 + math.cos(math.pi * min(1.0, step / steps)))
    return min(1.0, (step + 1) / _WARM_UP) * (fall * (1.0 - _FLOOR) + _FLOOR)


def _loss(
    episode: Episode,
    tokenizer: Any,  # noqa: ANN401 - the library's own
    models: tuple[nn.Module, nn.Module],
    heads: Heads,
    settings: Settings,
) -> Tensor:
    """What is to be made small: points confused, denial unheard, and distance from the base."""
    model, base = models
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=settings.narrow):
        vectors = embed(model, tokenizer, episode.texts)
        with torch.no_grad():
            before = embed(base, tokenizer, episode.texts)
    target, weight = (torch.tensor(part, dtype=torch.float32) for part in episode.arrays())
    logits = heads.scale.exp() * nearness(vectors, episode, settings.temperature) + heads.shift
    soft = target * (1.0 - _SMOOTHING) + _SMOOTHING / 2
    entropy = nn.functional.binary_cross_entropy_with_logits
    told = entropy(logits, soft, weight=weight, reduction="sum") / weight.sum()
    asserted = target.max(dim=1).values
    heard = entropy(_SHARP * heads.polarity(vectors)[:, 0], asserted)
    owned = torch.tensor([owner is not None for owner in episode.owners])
    moved = (1.0 - (vectors * before).sum(dim=1))[owned].mean()
    return torch.as_tensor(told + settings.polarity * heard + settings.keep * moved)


def embed(model: nn.Module, tokenizer: Any, texts: Sequence[str]) -> Tensor:  # noqa: ANN401 - the library's own
    """Embed texts by the mean of their tokens: [texts, d], unit rows."""
    batch = tokenizer(
        list(texts), padding=True, truncation=True, max_length=_LENGTH, return_tensors="pt"
    )
    hidden = model(**batch).last_hidden_state.float()
    mask = batch["attention_mask"].unsqueeze(-1).float()
    return nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=1)


def nearness(vectors: Tensor, episode: Episode, temperature: float) -> Tensor:
    """Compare each sentence with the others: [sentences, points].

    The soft maximum of the cosines to a point's exemplars, less that to all else that has an
    owner; a sentence is never compared with itself.
    """
    cosines = vectors @ vectors.T / temperature
    itself = torch.eye(len(vectors), dtype=torch.bool)
    sides = list(zip(episode.owners, episode.signs, strict=True))

    def soft(chosen: Sequence[bool]) -> Tensor:
        mask = torch.tensor(chosen)[None, :] & ~itself
        held = cosines.masked_fill(~mask, _UNRELATED / temperature)
        return torch.logsumexp(held, dim=1) - torch.log(mask.sum(dim=1).clamp(min=1).float())

    columns = []
    for point in range(episode.points):
        good = [owner == point and sign == 1 for owner, sign in sides]
        rest = [sign != 0 and not own for (_, sign), own in zip(sides, good, strict=True)]
        columns.append(soft(good) - soft(rest))
    return torch.stack(columns, dim=1)


def main(arguments: Sequence[str] | None = None) -> int:
    """Train an adapter and write it.

    Args:
        arguments: the command line; that of the process if None.

    Returns:
        0; 1 if it cannot be trained, with the reason on stderr.
    """
    usual = Settings()
    parser = argparse.ArgumentParser(prog="python -m grader.adapting", description=__doc__)
    parser.add_argument("rubrics", nargs="+", type=Path, metavar="RUBRIC.json")
    parser.add_argument("--output", required=True, type=Path)
    parser.add_argument("--start", type=Path, metavar="ADAPTER", help="an adapter to go on from")
    parser.add_argument("--steps", type=int, default=usual.steps)
    parser.add_argument("--learning-rate", type=float, default=usual.learning_rate)
    parser.add_argument("--narrow", action="store_true", help="products in bfloat16")
    parser.add_argument("--seed", type=int, default=usual.seed)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--date", type=date.fromisoformat, default=None)
    given = parser.parse_args(arguments)
    settings = Settings(
        steps=given.steps,
        seed=given.seed,
        learning_rate=given.learning_rate,
        narrow=given.narrow,
    )
    mixture = Mixture()
    torch.set_num_threads(given.threads)
    try:
        sources = [read_source(path) for path in given.rubrics]
        start = read_parts(given.start) if given.start else None
        parts = train(sources, settings, mixture, start)
        write_adapter(
            given.output,
            {name: np.asarray(part, dtype=np.float32) for name, part in parts.items()},
            AdapterRecord(
                base=base_weights().digest,
                rank=RANK,
                alpha=ALPHA,
                targets=TARGETS,
                created=(given.date or datetime.now(UTC).date()).isoformat(),
                data=tuple(
                    f"{s.rubric.id}@{s.rubric.version} {s.rubric.structure_hash}" for s in sources
                ),
                settings={**asdict(settings), **asdict(mixture)},
            ),
        )
    except (OSError, ValueError, GraderError) as error:
        sys.stderr.write(f"cannot train: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
