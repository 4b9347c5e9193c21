import pytest

from robustcore.errors import InputError
from robustcore.gates.expression import Expression, ExpressionKind, parse_expression


@pytest.mark.parametrize(
    ("text", "kind", "measure"),
    [
        ("answer_correct", "mean", "answer_correct"),
        ("nDCG@10", "mean", "nDCG@10"),
        ("failsafe.robustness", "suite", "failsafe.robustness"),
        (" failsafe.llmc( threshold = 4, beta=1 )", "suite", "failsafe.llmc(beta=1.0)"),
        ("rare_met.cell[ character , gold]", "suite", "rare_met.cell[character,gold]"),
        ("rare_met.correct", "mean", "rare_met.correct"),
        ("pass_rate", "pass_rate", ""),
        ("drop_abs(answer_correct)", "drop_abs", "answer_correct"),
        ("drop_rel(R@5)", "drop_rel", "R@5"),
        ("union(answer_correct)", "union", "answer_correct"),
        (" worst_case ( supported ) ", "worst_case", "supported"),
    ],
)
def test_each_spelling_is_read(text: str, kind: ExpressionKind, measure: str) -> None:
    assert parse_expression(text) == Expression(kind=kind, measure_name=measure)


@pytest.mark.parametrize("name", ["RBP(p=0.8)", "nDCG(dcg='exp-log2')@10", "P(rel=2)@5"])
def test_parameters_of_a_measure_are_part_of_its_name(name: str) -> None:
    assert parse_expression(name) == Expression(kind="mean", measure_name=name)
    assert parse_expression(f"drop_abs({name})") == Expression(kind="drop_abs", measure_name=name)


@pytest.mark.parametrize(
    "text", ["pass_rate", "nDCG@10", "drop_rel(R@5)", "union(RBP(p=0.8))", "rare_met.cell[character,gold]"]
)
def test_str_is_the_spelling(text: str) -> None:
    assert str(parse_expression(text)) == text


def test_a_misspelt_function_is_suggested() -> None:
    with pytest.raises(InputError, match=r"did you mean 'drop_abs'"):
        parse_expression("drop_ab(answer_correct)")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("  ", "empty"),
        ("union", "needs a measure"),
        ("union()", "names no measure"),
        ("drop_abs(union(m))", "takes the name of a measure"),
        ("union(pass_rate)", "takes the name of a measure"),
        ("union(drop_rel)", "takes the name of a measure"),
        ("mean(answer_correct)", "cannot compute mean"),
    ],
)
def test_what_is_no_expression_is_refused(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        parse_expression(text)


SPELLINGS = ("m", "pass_rate", "drop_abs(m)", "drop_rel(m)", "union(m)", "worst_case(m)")


@pytest.mark.parametrize(
    ("text", "what", "choices", "fix"),
    [
        (" ", "a gate's measure is empty", SPELLINGS, ""),
        (
            "drop_rel",
            "'drop_rel' needs a measure in parentheses",
            (),
            "write drop_rel(m), for instance drop_rel(answer_correct)",
        ),
        ("unoin( m )", "a gate cannot compute unoin(...)", SPELLINGS, "did you mean 'union'?"),
        ("union( )", "union() names no measure", (), "write union(answer_correct)"),
        (
            "union(rare_met.query)",
            "union(...) takes the name of a measure, not 'rare_met.query'",
            SPELLINGS,
            "put one measure's name in the parentheses",
        ),
    ],
)
def test_a_refusal_says_what_is_wrong_and_what_to_write(
    text: str, what: str, choices: tuple[str, ...], fix: str
) -> None:
    with pytest.raises(InputError) as refused:
        parse_expression(text)
    (problem,) = refused.value.problems
    assert (problem.what, tuple(problem.choices), problem.fix) == (what, choices, fix)


def test_only_a_suite_has_a_suite() -> None:
    assert parse_expression("union(m)").suite is None
    suite = parse_expression("rare_met.cell[character,gold]").suite
    assert suite is not None
    assert suite.name == "rare_met.cell[character,gold]"
    assert parse_expression("drop_abs( own-measure )") == Expression(kind="drop_abs", measure_name="own-measure")
    assert parse_expression("drop_abs(a\nb)").measure_name == "a\nb"
