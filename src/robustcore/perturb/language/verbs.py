"""Verbs that questions are made of, with the forms that grammar slips and key-word style need. Lower case."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

_REGULAR = """
    accept achieve acquire act add adopt agree aim allow announce answer appear apply appoint approach approve
    arrange arrive ask assess assist attack attain attempt attend avert avoid award ban base believe belong
    borrow burn calculate call carry cause celebrate change charge check claim close collect combine commence
    compare compete complete compose conceal conclude connect consider consist construct contain continue
    contract control convert cover create damage decide declare decline decrease defeat define deliver demand
    depart depend depict derive describe design destroy determine develop devise die differ disappear disclose
    discover discuss display divide donate drop earn elect employ enable encounter end engage enhance enjoy
    enlarge enter erect establish estimate examine exist expand expect explain express extend fail farm fill
    finance finish fire fix follow form fund gain gather gauge govern grant guide halt happen head help hire
    host identify improve include increase indicate influence inform inspect inspire install intend interest
    introduce invade invent invest invite involve issue join journey kill lack land last launch learn lift limit
    link list live locate lower maintain manage manufacture mark marry measure mend mention move name need note
    notice observe obtain occupy occur offer open operate order organise organize own paint participate pass
    perform permit persuade pick place plan play point portray possess prefer prepare present preserve press
    prevent print produce promise promote prove provide publish purchase push raise reach receive recognise
    recognize recommend record reduce refer reflect reject relate release remain remember remove rent repair
    replace reply report represent request require rescue reside resign respond retain retire return reveal
    review ruin rule sail save score seem select separate serve settle share shift show sign specify start state
    stay stop study substitute succeed suffer suggest supply support surround survive talk taste test touch
    trade train transfer translate transport travel traverse treat trigger try turn use vary visit vote voyage
    wait walk want warn wash watch wed weigh wish wonder work
"""
_IRREGULAR = """
    awake/awoke/awoken bear/bore/borne beat/beat/beaten become/became/become begin/began/begun bind/bound/bound
    bite/bit/bitten blow/blew/blown break/broke/broken bring/brought/brought build/built/built buy/bought/bought
    catch/caught/caught choose/chose/chosen come/came/come cost/cost/cost deal/dealt/dealt draw/drew/drawn
    drink/drank/drunk drive/drove/driven eat/ate/eaten fall/fell/fallen feed/fed/fed feel/felt/felt fight/fought/fought
    find/found/found flee/fled/fled fly/flew/flown forbid/forbade/forbidden forget/forgot/forgotten
    freeze/froze/frozen get/got/got give/gave/given go/went/gone grow/grew/grown hear/heard/heard hide/hid/hidden
    hit/hit/hit hold/held/held keep/kept/kept know/knew/known lay/laid/laid lead/led/led leave/left/left lend/lent/lent
    let/let/let lose/lost/lost make/made/made mean/meant/meant meet/met/met pay/paid/paid put/put/put read/read/read
    ride/rode/ridden ring/rang/rung rise/rose/risen run/ran/run say/said/said see/saw/seen seek/sought/sought
    sell/sold/sold send/sent/sent set/set/set shake/shook/shaken shine/shone/shone shoot/shot/shot shut/shut/shut
    sing/sang/sung sink/sank/sunk sit/sat/sat sleep/slept/slept speak/spoke/spoken split/split/split spend/spent/spent
    spread/spread/spread stand/stood/stood steal/stole/stolen strike/struck/struck swim/swam/swum take/took/taken
    teach/taught/taught tell/told/told think/thought/thought throw/threw/thrown understand/understood/understood
    wear/wore/worn win/won/won withdraw/withdrew/withdrawn write/wrote/written
"""
_DOUBLING = frozenset(
    {"begin", "forbid", "forget", "get", "hit", "let", "put", "run", "set", "shut", "sit", "split", "swim", "win"}
    | {"ban", "drop", "wed", "control", "occur", "plan", "prefer", "refer", "stop", "transfer", "travel"}
)


class Verb(NamedTuple):
    """The forms of a verb: go, goes, went, gone, going."""

    base: str
    third: str
    past: str
    participle: str
    present: str


def _regular(base: str) -> Verb:
    past = _ending(base, "ed")
    return Verb(base, _third(base), past, past, _ending(base, "ing"))


def _irregular(forms: str) -> Verb:
    base, past, participle = forms.split("/")
    return Verb(base, _third(base), past, participle, _ending(base, "ing"))


def _third(base: str) -> str:
    if base.endswith("y") and base[-2] not in "aeiou":
        return f"{base[:-1]}ies"
    return f"{base}es" if base.endswith(("s", "x", "z", "ch", "sh", "go")) else f"{base}s"


def _ending(base: str, ending: str) -> str:
    if base.endswith("ie"):
        return f"{base}d" if ending == "ed" else f"{base[:-2]}ying"
    if base.endswith("e") and not base.endswith(("ee", "oe")):
        return base[:-1] + ending
    if base.endswith("ee"):
        return f"{base}d" if ending == "ed" else f"{base}ing"
    if ending == "ed" and base.endswith("y") and base[-2] not in "aeiou":
        return f"{base[:-1]}ied"
    return f"{base}{base[-1]}{ending}" if base in _DOUBLING else base + ending


def _read() -> tuple[Verb, ...]:
    irregular = [_irregular(forms) for forms in _IRREGULAR.split()]
    known = {verb.base for verb in irregular}
    return (*irregular, *(_regular(base) for base in _REGULAR.split() if base not in known))


VERBS: tuple[Verb, ...] = _read()
VERB_OF: Mapping[str, Verb] = MappingProxyType({form: verb for verb in reversed(VERBS) for form in verb})
"""Any form → its verb."""
