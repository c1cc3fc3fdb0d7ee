"""Looking for a way of answering a 手続き判定 that meets some conditions and none of others; bounded work."""

from __future__ import annotations

from rules.guides.guide_text import Question, Questionnaire, Test, When
from rules.guides.guide_walk import Answers


class TooMany(Exception):
    """The conditions are too entangled to be looked through."""


# How many comparisons one look at a guide may cost: about half a second.
STEPS = 400_000

# One thing to decide: which choice of a question (None for the choice), or whether a choice is among those chosen.
_Variable = tuple[Question, str | None]
_Chosen = dict[tuple[str, str | None], str | bool]
_Known = dict[str, bool | None]


class Search:
    """Finds ways through one guide; all searches share one allowance of steps.

    The guide's conditions must name existing, earlier questions only.
    """

    def __init__(self, sheet: Questionnaire, steps: int = STEPS) -> None:
        self.questions = {q.key: q for q in sheet.questions}
        self.order = {q.key: place for place, q in enumerate(sheet.questions)}
        self.left = steps

    def find(self, wanted: list[When], unwanted: list[When]) -> Answers | None:
        """Answers under which all wanted conditions hold and no unwanted one; None: there are none."""
        variables, values = self._variables([*wanted, *unwanted])
        names = [(q.key, choice) for q, choice in variables]
        self._spend(20 + len(names))
        chosen: _Chosen = {}
        decided = 0
        # Each entry: how many variables are decided, and the value to try for the last of them.
        todo: list[tuple[int, str | bool]] = [(0, False)]
        while todo:
            depth, value = todo.pop()
            for name in names[max(depth - 1, 0) : decided]:
                chosen.pop(name, None)
            decided = depth
            if depth:
                chosen[names[depth - 1]] = value
            verdict = self._verdict(wanted, unwanted, chosen)
            if verdict is True:
                return self._answers(chosen)
            if verdict is None and depth < len(variables):
                key, choice = names[depth]
                options: list[str | bool] = [False, True] if choice is not None else [*values[key]]
                todo += [(depth + 1, option) for option in reversed(options)]
        return None

    def _spend(self, steps: int) -> None:
        self.left -= steps
        if self.left < 0:
            raise TooMany

    def _variables(self, conditions: list[When]) -> tuple[list[_Variable], dict[str, list[str]]]:
        """What decides the conditions, in the guide's order, and the values worth trying for single choices."""
        mentioned: dict[str, set[str]] = {}
        todo = list(conditions)
        while todo:
            for term in todo.pop():
                for test in term:
                    if test.key not in mentioned:
                        mentioned[test.key] = set()
                        todo.append(self.questions[test.key].when)
                    mentioned[test.key] |= test.keys
        variables: list[_Variable] = []
        values: dict[str, list[str]] = {}
        for key in sorted(mentioned, key=self.order.__getitem__):
            q = self.questions[key]
            named = [choice.key for choice in q.choices if choice.key in mentioned[key]]
            if q.many:
                variables += [(q, choice) for choice in named]
            else:
                # Choices that no condition names all do the same.
                other = [choice.key for choice in q.choices if choice.key not in mentioned[key]][:1]
                variables.append((q, None))
                values[key] = named + other
        return variables, values

    def _answers(self, chosen: _Chosen) -> Answers:
        answers: Answers = {}
        for (key, choice), value in chosen.items():
            if choice is None:
                answers[key] = (str(value),)
            else:
                answers[key] = answers.get(key, ()) + ((choice,) if value else ())
        return answers

    # ------------------------------------------------------------ three values: True, False, None = not decided yet

    def _verdict(self, wanted: list[When], unwanted: list[When], chosen: _Chosen) -> bool | None:
        known: _Known = {}
        verdict: bool | None = True
        for conditions, good in ((wanted, True), (unwanted, False)):
            for when in conditions:
                found = self._holds(when, chosen, known)
                if found is (not good):
                    return False
                if found is None:
                    verdict = None
        return verdict

    def _holds(self, when: When, chosen: _Chosen, known: _Known) -> bool | None:
        if not when:
            return True
        verdict: bool | None = False
        for term in when:
            found: bool | None = True
            for test in term:
                one = self._test(test, chosen, known)
                if one is False:
                    found = False
                    break
                if one is None:
                    found = None
            if found:
                return True
            if found is None:
                verdict = None
        return verdict

    def _test(self, test: Test, chosen: _Chosen, known: _Known) -> bool | None:
        self._spend(1)
        if test.key not in known:
            known[test.key] = self._holds(self.questions[test.key].when, chosen, known)
        asked = known[test.key]
        if asked is False:
            return False
        hit = self._hit(test, chosen)
        if hit is None:
            return None
        return asked if hit != test.differs else False

    def _hit(self, test: Test, chosen: _Chosen) -> bool | None:
        """Whether the answer holds one of the choices of a test."""
        if not self.questions[test.key].many:
            value = chosen.get((test.key, None))
            return None if value is None else value in test.keys
        values = [chosen.get((test.key, key)) for key in test.keys]
        if True in values:
            return True
        return None if None in values else False
