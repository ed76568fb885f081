"""The answers on which a machine's speed is measured: the same everywhere, and nobody's."""

from grader.request import GradeRequest
from grader.rubric import Feedback, Point, Rubric

_QUESTION = "A supplier says that its model is the best on a public benchmark. What would you ask?"

_ANSWERS = (
    "First I would ask what the benchmark measures, and whether that is what our {0} has to do. A "
    "score on school questions says little about letters from customers. Then I would ask when the "
    "test was published: if the model was trained afterwards, it may well have seen the answers. I "
    "would want both models run on two hundred of our own cases, marked by people who do not know "
    "which is which. Last, what does one request cost, and how long does it take at noon?",
    "The best by how much? Two points on five hundred questions are within the noise, so I would "
    "ask for an interval, or at least for several runs. I would also ask which {0} was compared "
    "with which: an old rival with a short prompt is easily beaten. If they cannot show the "
    "prompts, the number is worth nothing to us.",
    "I don't think the ranking matters much for the {0}. What matters is the price for each "
    "thousand requests, the time until the first word, and what happens when the answer is wrong. "
    "I would put it beside our present system for two weeks, count the complaints of both, and "
    "multiply the price by what we expect in a year. A trial on our own data tells more than any "
    "table. And I would read the licence, because some models may not be used for this at all.",
    "Sounds good to me. They have the best score, so they have the best model. I would sign, "
    "train the {0} staff, and look at the costs later.",
)
_NAMES = (
    "support desk claims office pharmacy warehouse library hotel bank museum bakery harbour clinic "
    "nursery workshop orchard foundry archive"
).split()


def _point(name: str, title: str, good: tuple[str, ...], bad: tuple[str, ...]) -> Point:
    return Point(
        id=name,
        title=title,
        description=f"{title}.",
        exemplars=good,
        counterexamples=bad,
        feedback=Feedback(met="You did.", missed="You did not."),
        probe="What else?",
    )


RUBRIC = Rubric(
    id="bench/sample",
    version="1.0.0",
    title="A claim of being the best",
    points=(
        _point(
            "own-data",
            "Asks for a trial on own data",
            ("I would try it on our own cases.", "Run both models on our own requests."),
            ("The public score is enough.",),
        ),
        _point(
            "leak",
            "Asks whether the model has seen the test",
            ("The test may be among the training data.", "Has it seen the answers before?"),
            ("The test is public, so it is fair.",),
        ),
        _point(
            "noise",
            "Asks whether the lead is more than chance",
            ("A lead of two points may be noise.", "I would ask for a confidence interval."),
            ("One point more is better.",),
        ),
        _point(
            "cost",
            "Asks what it costs",
            ("What does each request cost?", "I would compare the price for a year."),
            ("Money does not matter.",),
        ),
    ),
)


def sample(times: int = 1) -> list[GradeRequest]:
    """Make the answers: four ways to answer, each for a number of places; no two alike.

    Args:
        times: how often to go round the places, at least 1.
    """
    places = [name if not turn else f"{name} {turn}" for turn in range(times) for name in _NAMES]
    return [
        GradeRequest(answer=text.format(place), rubric=RUBRIC, question=_QUESTION)
        for place in places
        for text in _ANSWERS
    ]
