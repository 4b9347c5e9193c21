"""English words that may stand for one another in a question: a small lexicon written for this project."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

_VERBS = """
    begin/start buy/purchase build/construct get/obtain receive/obtain obtain/acquire need/require help/assist
    assist/support happen/occur own/possess end/finish finish/complete show/display make/produce pick/choose
    choose/select select/choose use/employ keep/retain allow/permit tell/inform destroy/ruin create/establish
    answer/reply appoint/name reveal/disclose disclose/reveal release/publish gather/collect collect/gather
    forbid/ban ban/forbid hide/conceal leave/depart reach/attain achieve/attain improve/enhance enlarge/expand
    reduce/lower fix/mend replace/substitute rent/hire hire/employ live/reside remain/stay stay/remain
    transport/carry carry/transport withdraw/remove remove/withdraw supply/provide provide/supply demand/require
    explain/describe decide/determine connect/link link/connect permit/allow purchase/buy construct/build
    state/declare declare/announce announce/declare guide/lead discover/find locate/find
    travel/journey include/contain contain/hold launch/introduce invent/devise observe/notice gain/obtain
    succeed/follow follow/succeed deliver/supply raise/lift respond/reply reply/respond divide/split
    split/divide give/grant grow/increase increase/grow fall/drop drop/fall decline/fall earn/make call/name
    name/call introduce/launch catch/contract close/shut shut/close begin/commence start/commence commence/begin
    erect/build build/erect govern/rule rule/govern finance/fund fund/finance employ/engage hold/keep stop/halt
    halt/stop prevent/avert try/attempt attempt/try permit/let let/allow examine/inspect inspect/examine
    test/check check/test measure/gauge depict/portray portray/depict rescue/save save/rescue donate/give
    publish/print print/publish speak/talk talk/speak encounter/meet marry/wed
"""
_NOUNS = """
    company/firm firm/company contract/agreement agreement/contract employee/worker worker/employee
    pupil/student car/automobile doctor/physician physician/doctor boat/vessel ship/vessel vessel/ship
    vehicle/conveyance author/writer writer/author error/mistake mistake/error job/post salary/pay wage/pay
    customer/client client/customer buyer/purchaser supplier/provider shop/store store/shop road/street
    holiday/vacation vacation/holiday illness/disease disease/illness sickness/illness aim/goal goal/aim
    purpose/aim answer/reply reply/answer start/beginning beginning/start end/ending picture/image image/picture
    photo/photograph photograph/photo flat/apartment apartment/flat film/movie movie/film town/municipality
    leader/head manager/boss boss/manager founder/creator inventor/creator ruler/monarch monarch/ruler
    king/monarch battle/fight war/conflict conflict/war amount/sum sum/amount price/cost fee/charge charge/fee
    rule/regulation regulation/rule law/statute kind/type type/kind
    sort/kind method/way way/method reason/cause cause/reason result/outcome outcome/result effect/consequence
    task/job device/gadget instrument/tool tool/instrument machine/device plant/factory factory/plant
    building/structure structure/building forest/wood sea/ocean ocean/sea harbour/port hill/mound stone/rock
    rock/stone crop/harvest harvest/crop farmer/grower grower/farmer child/kid infant/baby baby/infant
    area/region region/area border/frontier frontier/border journey/trip trip/journey voyage/journey
    passenger/traveller traveller/passenger visitor/guest guest/visitor prize/award award/prize reward/prize
    title/name nickname/byname storm/tempest income/earnings loan/credit tax/levy levy/tax rent/lease lease/rent
    insurance/cover meeting/gathering gathering/meeting event/occasion speech/address document/paper
    message/note magazine/journal journal/magazine newspaper/paper language/tongue belief/faith faith/belief
    religion/faith song/tune tune/song instructor/teacher teacher/instructor professor/lecturer scholar/academic
    scientist/researcher researcher/scientist lawyer/attorney attorney/lawyer soldier/trooper army/military
    enemy/foe foe/enemy ally/partner partner/associate friend/companion companion/friend wife/spouse
    husband/spouse garment/dress beverage/drink drink/beverage dawn/daybreak dusk/nightfall accident/mishap
    damage/harm harm/damage injury/wound wound/injury danger/risk risk/danger benefit/advantage
    advantage/benefit drawback/disadvantage disadvantage/drawback feature/trait trait/feature pull/tug
    gap/opening opening/gap customer/buyer crossing/passage staff/personnel personnel/staff period/era
    era/period cargo/freight freight/cargo wagon/carriage lorry/truck truck/lorry engine/motor motor/engine
    shelter/refuge refuge/shelter competitor/rival rival/competitor colleague/co-worker function/feature
    target/goal share/portion height/altitude width/breadth breadth/width speed/velocity velocity/speed
    colour/hue color/hue village/hamlet valley/vale cliff/crag island/isle isle/island shore/coast coast/shore
    nation/country citizen/national inhabitant/resident resident/inhabitant residence/home invention/creation
    research/study investigation/inquiry inquiry/investigation exam/test examination/exam lecture/talk
    pastime/hobby hobby/pastime tournament/contest contest/competition competition/contest statue/sculpture
    sculpture/statue painting/picture poem/verse novel/book book/volume manuscript/text alphabet/script
    script/alphabet phrase/expression expression/phrase sum/total total/sum debt/liability
    shareholder/stockholder stockholder/shareholder director/manager accountant/bookkeeper warehouse/depot
    depot/warehouse delivery/shipment shipment/delivery parcel/package package/parcel guideline/rule
    permission/approval approval/consent consent/approval dismissal/discharge apprentice/trainee
    trainee/apprentice newcomer/beginner beginner/novice novice/beginner deadline/limit acquisition/purchase
    takeover/acquisition fleet/flotilla sailor/seaman seaman/sailor
"""
_OTHERS = """
    big/large large/big small/little little/small huge/enormous enormous/huge quick/fast fast/quick
    quickly/rapidly rapidly/quickly rapid/quick ancient/old yearly/annual annual/yearly annually/yearly
    famous/renowned renowned/famous rich/wealthy wealthy/rich poor/needy important/significant
    significant/important main/chief chief/main principal/main primary/main whole/entire entire/whole
    entirely/wholly difficult/hard hard/difficult easy/simple simple/easy usual/customary usually/normally
    normally/usually often/frequently frequently/often sometimes/occasionally occasionally/sometimes
    formerly/previously previously/formerly initial/first initially/originally originally/initially
    current/present currently/presently modern/contemporary foreign/overseas regular/steady strange/odd
    odd/strange weird/strange beautiful/lovely lovely/beautiful ill/sick sick/ill dead/deceased brave/courageous
    courageous/brave smart/clever clever/smart correct/right suitable/fitting vital/crucial crucial/vital
    essential/vital typical/characteristic notable/noteworthy noteworthy/notable required/needed needed/required
    accurate/exact exact/precise precise/exact exactly/precisely precisely/exactly roughly/approximately
    approximately/roughly nearly/almost almost/nearly altogether/overall solely/exclusively exclusively/solely
    northerly/northern northern/northerly southern/southerly eastern/easterly western/westerly wet/moist
    moist/damp damp/moist chilly/cold warm/mild costly/expensive expensive/costly inexpensive/cheap
    cheap/inexpensive permanent/lasting temporary/short-term entire/complete complete/full several/various
    various/several sufficient/enough adequate/sufficient additional/further extra/additional last/final
    final/last total/overall overall/total unusual/uncommon uncommon/unusual wider/broader broader/wider
    wide/broad broad/wide double/twofold informal/casual recently/lately lately/recently extra/added
    joint/shared shared/joint common/shared nowadays/today surviving/remaining remaining/leftover
    fragile/delicate delicate/fragile solid/firm silent/quiet quiet/silent bright/brilliant dim/faint
    distant/remote remote/distant nearby/neighbouring adjacent/neighbouring neighbouring/adjacent
    underground/subterranean reddish/ruddy royal/regal lethal/deadly deadly/lethal harmful/damaging
    damaging/harmful harmless/safe secure/safe safe/secure wrong/incorrect incorrect/wrong false/untrue
    genuine/authentic authentic/genuine native/indigenous indigenous/native
"""
# the plurals that no rule makes; empty: the noun has none
_PLURALS: Mapping[str, str] = MappingProxyType(
    {"child": "children", "wife": "wives", "seaman": "seamen", "cargo": "cargoes"}
    | dict.fromkeys(("personnel", "staff", "freight", "military", "earnings", "harm", "insurance"), "")
)
_NO_ARTICLE_SOUND = ("hour", "honest", "honour", "heir")
_YOU_SOUND = ("uni", "use", "usu", "eu", "one", "once")


def _plural(noun: str) -> str:
    if noun in _PLURALS:
        return _PLURALS[noun]
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith(("s", "x", "z", "ch", "sh")) else f"{noun}s"


def starts_with_vowel(word: str) -> bool:
    """Say whether the article before ``word`` is "an"."""
    word = word.casefold()
    if word.startswith(_NO_ARTICLE_SOUND):
        return True
    return word[:1] in "aeiou" and not word.startswith(_YOU_SOUND)


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for pair in text.split():
        word, _, other = pair.partition("/")
        yield word, other


def _read(*texts: str) -> dict[str, tuple[str, ...]]:
    table: dict[str, tuple[str, ...]] = {}
    for text in texts:
        for word, other in _pairs(text):
            table[word] = (*table.get(word, ()), other)
    return table


def _with_plurals(table: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    plurals = {_plural(word): tuple(filter(None, map(_plural, others))) for word, others in table.items()}
    return {**table, **{word: others for word, others in plurals.items() if word and others}}


SYNONYMS: Mapping[str, tuple[str, ...]] = MappingProxyType(_with_plurals(_read(_NOUNS)) | _read(_OTHERS))
"""Noun (singular and plural), adjective or adverb → what may stand for it."""

VERB_SYNONYMS: Mapping[str, tuple[str, ...]] = MappingProxyType(_read(_VERBS))
"""Base form of a verb → base forms of verbs that may stand for it, each in `verbs.VERB_OF`."""
