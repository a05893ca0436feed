"""Expressions come to what GitHub's pages, and where those are silent its runner's source, say they come to."""

import json

import pytest

from mooring.testing.actions.contexts import status_functions
from mooring.testing.actions.evaluation import CaseSensitive, Scope, evaluate, filled, holds
from mooring.testing.actions.invalid import Invalid, StepFailed
from mooring.testing.actions.values import Value

CONTEXTS: dict[str, Value] = {
    "github": {
        "event_name": "push",
        "ref": "refs/heads/main",
        "run_id": "7",
        "event": {
            "labels": [{"name": "bug"}, {"name": "help wanted"}, {"colour": "red"}],
            "teams": {"a": {"people": [1, 2]}, "b": {"people": [3]}},
            "odd name": {"x-y": True},
            "nothing": None,
        },
    },
    "env": CaseSensitive({"NAME": "upper", "name": "lower"}),
    "inputs": {"dry": False, "count": 3},
}


def scope(status: str = "success") -> Scope:
    return Scope(CONTEXTS, status_functions(lambda asked: asked == status))


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        # literals
        ("null", None),
        ("true", True),
        ("711", 711),
        ("-9.2", -9.2),
        ("0xff", 255),
        ("0o17", 15),
        ("-2.99e-2", -0.0299),
        (".5", 0.5),
        ("'It''s open source!'", "It's open source!"),
        ("''", ""),
        # operators and what binds closer
        ("1 == 1 && 2 > 1", True),
        ("false && true || true", True),
        ("true || false && false", True),
        ("(true || false) && false", False),
        ("!false", True),
        ("!!'a'", True),
        ("!true == false", True),
        ("1 < 2 == true", True),
        ("'a' && 'b' || 'c'", "b"),
        ("'' && 'b' || 'c'", "c"),
        ("null || 0 || 'last'", "last"),
        ("'a' && ''", ""),
        # loose equality
        ("'ABC' == 'abc'", True),
        ("'1' == 1", True),
        ("'' == 0", True),
        ("null == 0", True),
        ("null == ''", True),
        ("null == false", True),
        ("true == 1", True),
        ("true == 'true'", False),
        ("true == '1'", True),
        ("'x' == 0", False),
        ("'x' != 0", True),
        ("'0xff' == 255", True),
        ("' 12 ' == 12", True),
        ("NaN == NaN", False),
        ("github.event.teams == github.event.teams", True),
        ("fromJSON('[]') == fromJSON('[]')", False),
        ("fromJSON('{}') == ''", False),
        # order
        ("'a' < 'B'", True),
        ("2 >= '2'", True),
        ("'x' > 1", False),
        ("'x' <= 1", False),
        ("false < true", True),
        # access
        ("github.event_name", "push"),
        ("GITHUB.Event_Name", "push"),
        ("github['event_name']", "push"),
        ("github.event['odd name'].x-y", True),
        ("github.event.labels[1].name", "help wanted"),
        ("github.event.labels['0'].name", "bug"),
        ("github.event.labels[9].name", None),
        ("github.event.labels[-1]", None),
        ("github.no.such.thing", None),
        ("github.event.nothing.at.all", None),
        ("env.NAME", "upper"),
        ("env.name", "lower"),
        ("env.Name", None),
        ("inputs.dry", False),
        ("inputs.count", 3),
        # filters
        ("github.event.labels.*.name", ["bug", "help wanted"]),
        ("github.event.labels[*].name", ["bug", "help wanted"]),
        ("github.event.teams.*.people", [[1, 2], [3]]),
        ("github.event.teams.*.people.*", [1, 2, 3]),
        ("github.event_name.*", []),
        # functions
        ("contains('Hello world', 'LLO')", True),
        ("contains(github.event.labels.*.name, 'BUG')", True),
        ("contains(github.event.labels.*.name, 'bu')", False),
        ("contains(fromJSON('[1, 2]'), '2')", True),
        ("contains(github.event.teams, 'a')", False),
        ("startsWith(github.ref, 'REFS/heads/')", True),
        ("endsWith(github.ref, '/main')", True),
        ("startsWith(711, 7)", True),
        ("format('Hello {0} {1} {0}', 'Mona', 12)", "Hello Mona 12 Mona"),
        ("format('{{Hello {0}!}}', true)", "{Hello true!}"),
        ("join(github.event.labels.*.name, ', ')", "bug, help wanted"),
        ("join(fromJSON('[1, null, true]'))", "1,,true"),
        ("join('text')", "text"),
        ("fromJSON('3') > 2", True),
        ("fromJSON('{\"a\": [true]}').a[0]", True),
        ("toJSON(null)", "null"),
        ("toJSON(1)", "1"),
        ("case(false, 1, true, 2, 3)", 2),
        ("case(false, 1, 3)", 3),
        ("success() || failure()", True),
    ],
)
def test_an_expression_comes_to(expression: str, value: Value) -> None:
    found = evaluate(expression, scope())
    assert (found, type(found) is bool) == (value, type(value) is bool)


def test_to_json_is_indented_by_two() -> None:
    found = evaluate("toJSON(github.event.teams)", scope())
    assert found == json.dumps({"a": {"people": [1, 2]}, "b": {"people": [3]}}, indent=2)


@pytest.mark.parametrize(
    ("expression", "named"),
    [
        ("secret.KEY", "secret"),
        ("true || nonsense.x", "nonsense"),
        ("trim('x')", "trim"),
        ("false && lower('x')", "lower"),
        ("contains('a')", "contains"),
        ('"double"', "position 1"),
        ("1 +", "position"),
        ("github.", "end"),
        ("(1", "end"),
        ("a b", "'b'"),
        ("", "end"),
        ("1 == ", "end"),
        ("'open", "position 1"),
    ],
)
def test_what_github_would_not_take_is_named(expression: str, named: str) -> None:
    with pytest.raises(Invalid) as refused:
        evaluate(expression, scope())
    assert named in str(refused.value)


@pytest.mark.parametrize("expression", ["fromJSON('')", "fromJSON('{')", "format('{1}', 'x')", "format('{', 'x')"])
def test_what_fails_while_it_is_evaluated_fails_the_step(expression: str) -> None:
    with pytest.raises(StepFailed):
        evaluate(expression, scope())


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("plain", "plain"),
        (3.1, 3.1),
        ("${{ inputs.dry }}", False),
        ("${{ inputs.count }}${{ null }}!", "3!"),
        ("a ${{ '}}' }} b", "a }} b"),
        ("${{ 'it''s }}' }}", "it's }}"),
        ("v${{ 1.5 }} ${{ 10000000000000000 }} ${{ 100000 }}", "v1.5 1E+16 100000"),
        ("${{ github.event.labels }} ${{ github.event.teams }}", "Array Object"),
        ({"group": "x-${{ github.ref }}", "n": [1, "${{ true }}"]}, {"group": "x-refs/heads/main", "n": [1, True]}),
    ],
)
def test_texts_are_filled_in(template: Value, value: Value) -> None:
    assert filled(template, scope()) == value


def test_an_expression_that_is_not_closed_is_named() -> None:
    with pytest.raises(Invalid, match="not closed"):
        filled("a ${{ 'b }} c", scope())


@pytest.mark.parametrize(
    ("condition", "status", "met"),
    [
        (None, "success", True),
        (None, "failure", False),
        ("true", "failure", False),
        (False, "success", False),
        ("github.event_name == 'push'", "success", True),
        ("github.event_name == 'push'", "failure", False),
        ("${{ github.event_name == 'pull_request' }}", "success", False),
        ("always()", "cancelled", True),
        ("!cancelled()", "failure", True),
        ("failure() && github.event_name == 'push'", "failure", True),
        ("failure()", "success", False),
        ("${{ failure() }}", "failure", True),
        # Around an expression stands text: the whole is a text that is not empty, whatever the expression says.
        ("${{ false }} && false", "success", True),
        ("!contains('a', 'b')", "success", True),
    ],
)
def test_a_condition_asks_for_success_unless_it_names_a_status(condition: Value, status: str, met: bool) -> None:
    assert holds(condition, scope(status)) is met
