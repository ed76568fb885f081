"""Texts kept with an attempt explain it after the files are gone."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from questionbank.attempt import Attempt, AttemptKind
from questionbank.bank import load_bank
from questionbank.document import Document, DocumentKind, documents_of, instances_of
from questionbank.errors import StoreError
from questionbank.instance import Instance, instances


@pytest.fixture
def asked(bank_folder: Path) -> list[Instance]:
    bank = load_bank([bank_folder])
    return [
        one
        for _, question in sorted(bank.questions.items())
        for one in instances(question, bank.rubrics, 3)
    ]


@pytest.fixture
def attempt(asked: list[Instance]) -> Attempt:
    steps = tuple(one.step for one in asked)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return Attempt(id="a" * 32, kind=AttemptKind.QUIZ, started=now, steps=steps, seed=3)


def finder(documents: Iterable[Document]) -> Callable[[DocumentKind, str], Document | None]:
    found = {(document.kind, document.content_hash): document for document in documents}
    return lambda kind, content_hash: found.get((kind, content_hash))


def test_each_text_is_kept_once(asked: list[Instance]) -> None:
    documents = documents_of(asked)
    names = [(document.kind, document.id) for document in documents]
    assert len(names) == len(set(names)) == 5
    assert names.count((DocumentKind.RUBRIC, "model-choice/small-model")) == 1


def test_the_kept_texts_give_the_same_instances(asked: list[Instance], attempt: Attempt) -> None:
    found = instances_of(attempt, finder(documents_of(asked)))
    assert found == asked
    assert [one.prompt for one in found] == [one.prompt for one in asked]


@pytest.mark.parametrize("kind", [DocumentKind.QUESTION, DocumentKind.RUBRIC])
def test_a_text_that_is_missing_is_a_store_error(
    kind: DocumentKind, asked: list[Instance], attempt: Attempt
) -> None:
    rest = [document for document in documents_of(asked) if document.kind is not kind]
    with pytest.raises(StoreError, match="is not on record"):
        instances_of(attempt, finder(rest))


@pytest.mark.parametrize(
    "damage",
    [
        lambda body: None,
        lambda body: {**body, "kind": "song"},
        lambda body: {**body, "future": 1},
        lambda body: {**body, "prompt": "{{1 / 0}} {{x}}"},
    ],
    ids=["gone", "unknown kind", "newer", "formula"],
)
def test_an_altered_text_is_a_store_error(
    damage: Callable[[Any], Any], asked: list[Instance], attempt: Attempt
) -> None:
    documents = [
        document.model_copy(update={"body": damage(document.body)})
        if document.id == "inference-economics/daily-bill"
        else document
        for document in documents_of(asked)
    ]
    with pytest.raises(StoreError, match=r"the text kept of .*daily-bill@1\.0\.0 cannot be read"):
        instances_of(attempt, finder(documents))


def test_a_case_without_the_part_that_was_asked_is_a_store_error(
    asked: list[Instance], attempt: Attempt
) -> None:
    step = attempt.steps[-1].model_copy(update={"part": "gone"})
    changed = attempt.model_copy(update={"steps": (step,)})
    with pytest.raises(StoreError, match="cannot be read"):
        instances_of(changed, finder(documents_of(asked)))
