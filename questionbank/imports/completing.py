"""Makes sound questions out of drafts: texts cleaned, gaps filled and named, the rest refused.

Nothing is made up silently: whatever a file does not say is listed, and the question is a draft
until a person has looked at it.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from grader.rubric import Id, Rubric, SemanticVersion, Slug
from questionbank.errors import Problem, UsageError
from questionbank.exports.carrying import LETTERS
from questionbank.exports.drafting import Draft
from questionbank.exports.layout import slug_of
from questionbank.exports.markup import sanitised
from questionbank.instance import instances
from questionbank.origin import POINTS
from questionbank.question import QUESTION, Audience, Kind, Level, Question, Status
from questionbank.templates import rubric_template
from questionbank.text_file import FORBIDDEN

_VERSION = "0.1.0"
_AREA = "imported"
_ID: TypeAdapter[str] = TypeAdapter(Id)
_SLUG: TypeAdapter[str] = TypeAdapter(Slug)
_SEMANTIC: TypeAdapter[str] = TypeAdapter(SemanticVersion)
_RESERVED = {POINTS, "blueprints"}
"""Folders in a bank that hold something else."""


@dataclass(frozen=True)
class Completed:
    """A question that can be written."""

    question: Question
    rubrics: dict[str, Rubric]
    line: int


def complete(
    drafts: Iterable[Draft], shown: str
) -> tuple[tuple[Completed, ...], tuple[Problem, ...]]:
    """Complete drafts.

    Args:
        drafts: as read.
        shown: how problems name the file.

    Returns:
        Sound questions with different ids, and what was missing, renamed or refused.
    """
    taken: set[str] = set()
    found: list[Completed] = []
    problems: list[Problem] = []
    for number, draft in enumerate(drafts, start=1):
        completion = _Completion(draft, shown, taken, number)
        made = completion.run()
        problems += completion.problems
        if made:
            found.append(made)
    return tuple(found), tuple(problems)


class _Completion:
    """The work on one draft."""

    def __init__(self, draft: Draft, shown: str, taken: set[str], number: int) -> None:
        self._data = draft.question
        self._rubrics = draft.rubrics
        self._line, self._shown, self._taken, self._number = draft.line, shown, taken, number
        self.problems: list[Problem] = []
        self._filled: list[str] = []

    def run(self) -> Completed | None:
        try:
            self._data = _cleaned(self._data)
            name = self._name()
            rubrics = self._tasks(name)
            self._head(name)
            question = QUESTION.validate_python(self._data)
            instances(question, rubrics, 1)
        except ValidationError as error:
            detail = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in detail["loc"] if part not in set(Kind))
            self._say("not-imported", f"{self._named()}: {where}: {detail['msg']}")
            return None
        except (UsageError, ValueError) as error:
            self._say("not-imported", f"{self._named()}: {error}")
            return None
        except (TypeError, AttributeError):  # JSON of any shape: a list where a text belongs
            self._say("not-imported", f"{self._named()}: a value is of the wrong type")
            return None
        self._taken.add(name)
        if self._filled:
            what = ", ".join(dict.fromkeys(self._filled))
            self._say("incomplete", f"{name} is a draft; look at what was filled in: {what}")
        return Completed(question, rubrics, self._line)

    def _say(self, code: str, message: str) -> None:
        self.problems.append(Problem(self._shown, self._line, code, _one_line(message)))

    def _named(self) -> str:
        name = self._data.get("id") or self._data.get("title")
        return repr(str(name)[:80]) if name else f"question {self._number}"

    def _name(self) -> str:
        """The id: the file's own if it is sound, else one made of what there is."""
        written = str(self._data.get("id") or "")
        area, slash, rest = written.partition("/")
        if slash and area not in _RESERVED and _fits(_ID, written) and written not in self._taken:
            return written
        area = slug_of(area) if slash else ""
        if not area or area in _RESERVED:
            area = _AREA
        rest = rest if slash else written
        words = str(self._data.get("title") or self._data.get("prompt") or "").split()[:10]
        slug = slug_of(rest) or slug_of(" ".join(words)) or "question"
        name, count = f"{area}/{slug}", 1
        while name in self._taken:
            count += 1
            name = f"{area}/{slug[:70]}-{count}"
        if rest and name != written:
            self._say("renamed", f"{written[:80]!r} cannot be the id here; it is now {name}")
        elif not rest:
            self._filled.append("id")
        return name

    def _head(self, name: str) -> None:
        data = self._data
        data["id"], data["strategy"] = name, name.partition("/")[0]
        prompt = data.get("prompt") or next((p.get("prompt") for p in data.get("parts", ())), "")
        self._fill(data, "title", " ".join(str(prompt).split()[:8]))
        self._keep(data, "version", _VERSION, lambda value: _fits(_SEMANTIC, value))
        self._keep(data, "level", Level.BEGINNER.value, lambda value: value in set(Level))
        self._keep_sound("audience", Audience.PRODUCT_MANAGER.value, lambda v: v in set(Audience))
        self._keep_sound("topics", _AREA, lambda value: _fits(_SLUG, value))
        self._keep(data, "minutes", 5, lambda v: isinstance(v, int) and 1 <= v <= 120)
        if self._filled or data.get("status") not in set(Status):
            data["status"] = Status.DRAFT.value

    def _fill(self, data: dict[str, Any], key: str, value: object, place: str = "") -> None:
        if data.get(key) in (None, "", [], {}):
            data[key] = value
            self._filled.append(f"{place}{key}")

    def _keep(
        self, data: dict[str, Any], key: str, default: object, fits: Callable[[Any], bool]
    ) -> None:
        if not fits(data.get(key)):
            data[key] = default
            self._filled.append(key)

    def _keep_sound(self, key: str, default: str, fits: Callable[[Any], bool]) -> None:
        there = self._data.get(key)
        sound = [value for value in there if fits(value)] if isinstance(there, list) else []
        self._data[key] = list(dict.fromkeys(sound))[:12] or [default]
        if not sound:
            self._filled.append(key)

    def _tasks(self, name: str) -> dict[str, Rubric]:
        """Complete each task; returns the rubrics by id."""
        found: dict[str, Rubric] = {}
        if self._data.get("kind") != Kind.CASE:
            self._task(self._data, None, name, found)
            return found
        parts = self._data.get("parts")
        if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
            raise ValueError("a case needs parts")
        self._fill(self._data, "prompt", self._data.get("title") or "A case in several parts.")
        for part in parts:
            self._task(part, str(part.get("id")), f"{name}-{slug_of(str(part.get('id')))}", found)
        return found

    def _task(
        self, task: dict[str, Any], part: str | None, name: str, found: dict[str, Rubric]
    ) -> None:
        place = f"parts[{part}]." if part else ""
        if not task.get("prompt"):
            raise ValueError(f"{place}prompt is empty")
        if task.get("kind") == Kind.OPEN:
            rubric = self._rubric(self._rubrics.get(part), name, place)
            found[rubric.id] = rubric
            task["rubric"] = rubric.id
        elif task.get("kind") == Kind.NUMERIC:
            if not task.get("formula"):
                raise ValueError(f"{place}the right number is missing")
            self._fill(task, "unit", "units", place)
            self._fill(task, "tolerance", {"relative": 0.01}, place)
        else:
            self._options(task, place)

    def _options(self, task: dict[str, Any], place: str) -> None:
        options = task.get("options")
        options = options if isinstance(options, list) else []
        if not any(option.get("correct") for option in options if isinstance(option, dict)):
            raise ValueError(f"{place}no option is marked as right")
        ids = [option.get("id") for option in options]
        if len(set(ids)) < len(ids) or not all(_fits(_SLUG, name) for name in ids):
            for letter, option in zip(LETTERS, options, strict=False):
                option["id"] = letter
            self._filled.append(f"{place}options.id")
        for option in options:
            self._fill(option, "why", "Right." if option.get("correct") else "Wrong.", "options.")

    def _rubric(self, written: dict[str, Any] | None, name: str, place: str) -> Rubric:
        """The rubric: what is missing of a point is taken from its description."""
        points = written.get("points") if written else None
        if not written or not isinstance(points, list) or not points:
            self._filled.append(f"{place}rubric (a template was written)")
            title = str(self._data.get("title") or name)
            return rubric_template(name, title)
        data = _plain_texts(written)
        self._keep(data, "id", name, lambda v: _fits(_ID, v) and v.partition("/")[0] != POINTS)
        self._keep(data, "version", _VERSION, lambda value: _fits(_SEMANTIC, value))
        self._fill(data, "title", self._data.get("title") or name, f"{place}rubric.")
        taken: set[str] = set()
        for number, point in enumerate(data["points"], start=1):
            if not isinstance(point, dict):
                raise ValueError(f"{place}rubric: point {number} cannot be read")  # noqa: TRY004 - a file's fault
            self._point(point, f"point-{number}", taken, f"{place}rubric.points.")
        return Rubric.model_validate(data)

    def _point(self, point: dict[str, Any], default: str, taken: set[str], place: str) -> None:
        told = str(point.get("description") or point.get("title") or "")
        if not _fits(_SLUG, point.get("id")) or point["id"] in taken:
            slug = slug_of(str(point.get("title") or "")) or default
            point["id"] = slug if slug not in taken else default
            self._filled.append(f"{place}id")
        taken.add(point["id"])
        self._fill(point, "title", " ".join(told.split()[:8]), place)
        self._fill(point, "description", told, place)
        self._fill(point, "exemplars", [told], place)
        self._fill(point, "feedback", {"met": told, "missed": told}, place)
        self._fill(point, "probe", told, place)
        if set(point.get("anchors") or {}) not in (set(), {"1", "3", "5"}):
            del point["anchors"]
            self._filled.append(f"{place}anchors")


def _fits(kind: TypeAdapter[str], value: object) -> bool:
    try:
        kind.validate_python(value)
    except ValidationError:
        return False
    return True


_MARKDOWN = {"prompt", "exhibit", "model_answer"}


def _cleaned(data: dict[str, Any]) -> dict[str, Any]:
    """A copy with every text made fit for a file; long texts are Markdown."""
    found: dict[str, Any] = {}
    for key, value in data.items():
        if key in _MARKDOWN and isinstance(value, str):
            found[key] = sanitised(value)
        elif key == "parts" and isinstance(value, list):
            found[key] = [_cleaned(part) if isinstance(part, dict) else part for part in value]
        elif key in ("follow_ups", "sources") and isinstance(value, list):
            found[key] = [_one_line(sanitised(str(item))) for item in value if str(item).strip()]
        else:
            found[key] = _plain_texts(value)
    return {key: value for key, value in found.items() if value is not None}


def _plain_texts(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """A copy of a JSON value without control characters."""
    if isinstance(value, dict):
        return {_plain_texts(key): _plain_texts(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain_texts(item) for item in value]
    if isinstance(value, str):
        return FORBIDDEN.sub("", value.replace("\r\n", "\n")).strip()
    return value


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
