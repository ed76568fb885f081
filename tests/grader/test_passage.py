"""Texts embedded for comparison, each once."""

import numpy as np
import pytest

from grader import passage
from grader.encoder import Encoder
from grader.passage import PassageReader


def test_a_passage_holds_the_whole_its_claims_and_its_words(encoder: Encoder) -> None:
    text = "  The switch is open.\nThe bulb stays dark. "
    found = PassageReader(encoder).read([text])[text]
    assert found.text == "The switch is open. The bulb stays dark."
    assert found.vector.shape == (encoder.dim,)
    assert found.claims.shape == (2, encoder.dim)
    assert found.tokens.shape == (8, encoder.dim)
    assert found.rarity.shape == (8,)
    assert np.allclose(np.linalg.norm(found.tokens, axis=1), 1.0)
    assert abs(np.linalg.norm(found.vector) - 1) < 1e-6


def test_a_blank_passage_is_all_zero_and_asks_no_model(encoder: Encoder) -> None:
    found = PassageReader(encoder).read(["", " \n"])
    assert [one.text for one in found.values()] == ["", ""]
    assert not found[""].vector.any()
    assert found[""].claims.shape == (1, encoder.dim)
    assert found[""].tokens.shape == (0, encoder.dim)
    assert [text for call in encoder.calls for text in call] == []


def test_a_text_without_claims_is_its_own_only_claim(encoder: Encoder) -> None:
    found = PassageReader(encoder).read(["?!"])["?!"]
    assert (found.claims[0] == found.vector).all()


def test_what_was_met_is_not_embedded_again(
    encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = PassageReader(encoder)
    first = reader.read(["an open switch", "a dark bulb"])
    calls = len(encoder.calls)
    again = reader.read(["a dark bulb"])
    assert again["a dark bulb"] is first["a dark bulb"]
    assert len(encoder.calls) == calls
    monkeypatch.setattr(passage, "_KEPT", 1)
    reader.read(["an open switch", "a dark bulb"])
    assert reader.read(["an open switch"])["an open switch"] is not first["an open switch"]
