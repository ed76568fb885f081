"""Courtesies to put around an answer, so that a fit learns to look past them."""

from random import Random

_COURTESIES = (
    "I appreciate the opportunity to respond to these questions.",
    "Please let me know if anything I have written is unclear.",
    "That is a good question, and I am glad you asked it.",
    "Let me think about that for a moment.",
    "I hope this message finds you well.",
    "Apologies for the slight delay in getting back to you.",
    "I will try to keep this short.",
    "Let me start with the first part and then move on to the second.",
    "That's all from me.",
    "Feel free to stop me at any point if you have follow-up questions.",
    "It was a pleasure speaking with you this afternoon.",
    "I look forward to hearing from you at your earliest convenience.",
    "Could you give me a second to gather my thoughts?",
    "Before I begin, I would like to thank everyone on the panel.",
    "Hope that helps.",
    "Um, okay, so, yeah, where do I even start with this one.",
    "Right, so, hmm, let me just, let me think out loud here.",
    "Sorry, I kind of lost my train of thought there, um, one second.",
    "So yeah, I guess, you know, that's pretty much it, really.",
    "Oh, wow, okay, nice, I was sort of hoping you'd ask that.",
    "Anyway, I'm rambling now, so, uh, yeah, I'll stop there.",
    "Uh, can you hear me okay, or, like, is my mic too quiet?",
    "Well, I mean, okay, how do I put this, hmm.",
    "Thanks you very much for give me this chance.",
    "Sorry for my English, I will try to explain as good as I can.",
    "I wish to you and all your team a very nice week.",
    "If you have some more question, please don't hesitate to ask to me.",
    "So, now I will say about the second point.",
    "Excuse me, I need little time for to find the right words.",
    "This was my answer, I hope you did understand me well.",
)
"""None of them is among the small talk that rewrites of an answer are measured with."""
_A_SIDE = 2


def among_courtesies(text: str, chance: Random) -> str:
    """Put four courtesies behind an answer, or two before it and two behind.

    Args:
        text: the answer.
        chance: draws them.
    """
    drawn = chance.sample(_COURTESIES, 2 * _A_SIDE)
    before = drawn[: chance.choice((0, _A_SIDE))]
    return " ".join([*before, text.strip(), *drawn[len(before) :]])
