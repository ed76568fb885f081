"""Where verdicts change and who decides, chosen on judgements that the fit has not seen."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from grader.calibration import ReviewBand, Thresholds
from grader.judged import EXAMPLE, HOSTILE, Judged
from grader.probe import Floats
from grader.resampling import auc, calibration_error, draws, mean, quadratic_kappa
from grader.verdict import Verdict

MET = 0.5
"""Probability from which a point is met: more likely than not."""
PARTIAL = 0.45
"""And from which it is half met. No lower: half of what people call partial lies below 0.06, so a
wide band would credit answers to the contrary and find few partial ones."""
REVIEW_RATE = 0.1
"""Share of the judgements that the doubtful band sends to a person, unless asked otherwise."""
RATES = (0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3)
"""Shares for which a doubtful band is kept at hand."""
PRECISION = 0.8
"""Share of the contradicted verdicts that have to be right on the graded examples."""
OFF_TOPIC = 0.35
"""Of 749 answers to ten questions and graded examples of 63 rubrics that meet a point none lies
below 0.37; of 210 passages about other subjects altogether a third does."""
_NEVER = 1e6
"""A threshold that nothing reaches."""
_RESAMPLES = 1000
_DIGITS = 4

Mask = npt.NDArray[np.bool_]


def choose_thresholds(judged: Sequence[Judged]) -> Thresholds:
    """Choose a fit's thresholds.

    Args:
        judged: at least one judgement, each by a fit that left its rubric out.
    """
    bands = choose_bands(judged, MET)
    band = next(one for one in bands if one.rate >= REVIEW_RATE)
    return Thresholds(
        met=MET,
        partial=PARTIAL,
        review_low=band.low,
        review_high=band.high,
        opposition=_opposition(judged),
        off_topic=OFF_TOPIC,
    )


def choose_bands(judged: Sequence[Judged], met: float) -> tuple[ReviewBand, ...]:
    """Choose a doubtful band around `met` for each of `RATES`.

    The probabilities nearest to the threshold go to a person first; the error is that of the
    verdicts on the rest (risk and coverage, El-Yaniv and Wiener 2010). What people called
    partial counts for the rate and not for the error.
    """
    judged = _main(judged)
    chance = _chances(judged)
    gap = np.abs(chance - met)
    clear, truth = _clear(judged), _truth(judged)
    bands = []
    for rate in RATES:
        half = float(np.quantile(gap, rate)) if rate else 0.0
        low, high = round(max(0.0, met - half), _DIGITS), round(min(1.0, met + half), _DIGITS)
        kept = clear & ~((chance >= low) & (chance < high))
        wrong = (chance[kept] >= met) != truth[kept]
        error = float(wrong.mean()) if len(wrong) else 0.0
        bands.append(
            ReviewBand(
                rate=rate, low=low, high=high, error=round(error, _DIGITS), kept=int(kept.sum())
            )
        )
    return tuple(bands)


def measure(judged: Sequence[Judged], bounds: Thresholds) -> dict[str, float]:
    """Measure a fit, review switched off.

    Returns:
        `n`, `auc`, `accuracy`, `kappa` and `ece` of honest judgements without those that people
        called partial, with 95% intervals over rubrics (`_low`, `_high`); `ece_all` with the
        hostile styles; for each of these what was `credited` of `n`, at least half a point; and
        the graded examples' own figures beside answers of people.
    """
    main = [one for one in _main(judged) if one.human is not Verdict.PARTIAL]
    honest = [one for one in main if one.style not in HOSTILE]
    figures = {"n": float(len(honest)), **_agreement(honest, bounds.met)}
    figures["ece_all"] = float(calibration_error(_ones(main), _numbers(main), _chances(main))[0])
    for style in HOSTILE:
        against = [one for one in main if one.style == style and one.human is not Verdict.MET]
        if against:
            figures[f"{style}_n"] = float(len(against))
            figures[f"{style}_credited"] = float(
                sum(one.chance >= min(bounds.met, bounds.partial) for one in against)
            )
    examples = [one for one in judged if one.style == EXAMPLE and one.human is not Verdict.PARTIAL]
    if examples and honest[0].style != EXAMPLE:
        figures["examples_n"] = float(len(examples))
        found = _agreement(examples, bounds.met, resamples=0)
        figures.update({f"examples_{name}": value for name, value in found.items()})
    return {name: round(value, _DIGITS) for name, value in figures.items() if np.isfinite(value)}


def _agreement(
    judged: Sequence[Judged], met: float, resamples: int = _RESAMPLES
) -> dict[str, float]:
    """Figures and, if there are resamples, their intervals over rubrics."""
    rubrics = sorted({one.rubric for one in judged})
    unit = np.array([rubrics.index(one.rubric) for one in judged])
    found = {name: value[0] for name, value in _figures(_ones(judged), judged, met).items()}
    if resamples and len(rubrics) > 1:
        blocks = [
            _figures(drawn[:, unit], judged, met)
            for drawn in draws(len(rubrics), len(judged), resamples, seed=0)
        ]
        for name in list(found):
            low, high = np.nanquantile(np.concatenate([b[name] for b in blocks]), [0.025, 0.975])
            found |= {f"{name}_low": low, f"{name}_high": high}
    return {name: float(value) for name, value in found.items()}


def _figures(weights: Floats, judged: Sequence[Judged], met: float) -> dict[str, Floats]:
    truth, chance = _numbers(judged), _chances(judged)
    said = (chance >= met).astype(np.float64)
    return {
        "auc": auc(weights, truth, chance),
        "accuracy": mean(weights, (said == truth).astype(np.float64)),
        # Of two classes the quadratic weights are Cohen's own.
        "kappa": quadratic_kappa(weights, truth, said),
        "ece": calibration_error(weights, truth, chance),
    }


def _opposition(judged: Sequence[Judged]) -> float:
    """The least opposition from which contradicted verdicts are right often enough."""
    rows = [
        (one.opposition, one.human is Verdict.CONTRADICTED)
        for one in judged
        if one.style == EXAMPLE and one.opposition is not None and one.chance < PARTIAL
    ]
    found = _NEVER
    right = 0
    for rank, (opposition, contradicts) in enumerate(sorted(rows, reverse=True), start=1):
        right += contradicts
        if right >= PRECISION * rank:
            found = opposition
    return round(found, _DIGITS)


def _main(judged: Sequence[Judged]) -> list[Judged]:
    """Answers of people; the graded examples only if there are no others."""
    answers = [one for one in judged if one.style != EXAMPLE]
    return answers or list(judged)


def _ones(judged: Sequence[Judged]) -> Floats:
    return np.ones((1, len(judged)))


def _chances(judged: Sequence[Judged]) -> Floats:
    return np.array([one.chance for one in judged], dtype=np.float64)


def _clear(judged: Sequence[Judged]) -> Mask:
    return np.array([one.human is not Verdict.PARTIAL for one in judged])


def _truth(judged: Sequence[Judged]) -> Mask:
    return np.array([one.human is Verdict.MET for one in judged])


def _numbers(judged: Sequence[Judged]) -> Floats:
    return _truth(judged).astype(np.float64)
