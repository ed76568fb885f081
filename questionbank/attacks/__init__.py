"""Answers that deserve nothing, made for every rubric: one table of families."""

from collections.abc import Callable, Mapping
from random import Random

from questionbank.attacks.hidden import hide
from questionbank.attacks.instruction import give_instruction
from questionbank.attacks.irrelevant import write_irrelevant
from questionbank.attacks.keywords import list_keywords
from questionbank.attacks.material import Draft, Material
from questionbank.attacks.opposite import turn_round
from questionbank.attacks.padding import pad
from questionbank.attacks.restating import restate_question, restate_rubric
from questionbank.attacks.skip import name_skipped

Family = Callable[[Material, Random], Draft]
"""Draws one answer that deserves nothing."""

FAMILIES: Mapping[str, Family] = {
    "keywords": list_keywords,
    "restate-question": restate_question,
    "restate-rubric": restate_rubric,
    "irrelevant": write_irrelevant,
    "instruction": give_instruction,
    "opposite": turn_round,
    "skip": name_skipped,
    "padding": pad,
    "hidden": hide,
}
"""Name -> how one is made. docs/attacks.md describes each."""
