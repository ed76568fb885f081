"""`questionbank demo`: what a grade looks like, without typing anything."""

import click

from grader.loading import GraderSettings
from questionbank.bank import load_bank
from questionbank.cli import options
from questionbank.cli.context import Context
from questionbank.cli.grade_view import grade_view
from questionbank.cli.question_view import question_view
from questionbank.cli.render import Text, safe
from questionbank.cli.surroundings import shipped_bank
from questionbank.instance import instances
from questionbank.scoring import score

QUESTION = "model-choice/support-assistant"
ANSWERS = ("strong-manager", "mixed-cost-minded", "confidently-wrong")
"""Graded examples of the question's rubric: good, half good, and wrong in the right words."""

_NEXT = """\
What to run next:
  questionbank quiz                 answer questions yourself
  questionbank list                 see what there is
  questionbank show ID --all        read a rubric
  questionbank new question ID      write a question of your own
  questionbank doctor               see what is installed"""


@click.command(
    epilog="""\b
Example:
  questionbank demo"""
)
@options.as_json
@options.model
@options.plain
def command(as_json: bool, grading: GraderSettings, plain: bool) -> int:
    """Grade three shipped answers to one question and print them as the quiz would."""
    context = Context(plain=plain, grading=grading)
    bank = load_bank([shipped_bank()])
    (instance,) = instances(bank.question(QUESTION), bank.rubrics, seed=0)
    rubric = bank.rubric(QUESTION)
    answers = {example.id: example.answer for example in rubric.examples}
    grader = context.grader()
    rows = []
    if not as_json:
        context.screen.show(*question_view(context.screen, instance, 0, 1))
    for number, name in enumerate(ANSWERS, start=1):
        answer = answers[name]
        grade = score(instance, answer, grader.grade, context.package_version)
        if as_json:
            rows.append({"id": name, "answer": answer, **grade.model_dump(mode="json")})
            continue
        heading = f"Answer {number} of {len(ANSWERS)}: {name.replace('-', ' ')}"
        context.screen.show(Text(safe(heading), style="bold reverse"))
        context.screen.show(*grade_view(context.screen, instance, answer, grade, solution=False))
    if as_json:
        context.screen.json(rows)
    else:
        context.screen.show(_NEXT)
    return 0
