"""English words that are written for one another though both exist: a list written for this project. Lower case."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

# A group holds words of which each is taken for each other one. No negation, number word or unit stands in it, and no
# pair whose exchange plainly asks for something else in a question ("before/after").
_GROUPS = """
    access/excess adapt/adopt adapted/adopted addition/edition additions/editions advice/advise
    affect/effect affected/effected affects/effects aid/aide aisle/isle allowed/aloud allude/elude
    allusion/illusion altar/alter and/an angel/angle angels/angles arc/ark as/has ascent/assent aural/oral
    bail/bale bare/bear base/bass basis/bases bath/bathe beat/beet been/bean birth/berth boarder/border
    boarders/borders born/borne bough/bow bought/brought boy/buoy brake/break brakes/breaks breath/breathe
    bred/bread bridal/bridle broach/brooch brows/browse build/billed building/billing buildings/billings by/buy
    came/come canvas/canvass carat/carrot carry/curry cast/caste cause/course cease/seize ceiling/sealing
    cell/sell cells/sells censor/sensor cereal/serial choose/chose chord/cord cite/site cites/sites claims/clams
    clause/claws cloth/clothe cloths/clothes coarse/course coast/cost coasts/costs collage/college
    colonel/kernel coma/comma complement/compliment complements/compliments confidant/confident contend/content
    continual/continuous cooperation/corporation core/corps costume/custom council/counsel councils/counsels
    creak/creek currant/current currents/currants cymbal/symbol dairy/diary dear/deer
    decent/descent defuse/diffuse delude/dilute dependant/dependent desert/dessert device/devise devices/devises
    die/dye died/dyed disburse/disperse discreet/discrete diseased/deceased do/due does/dose draft/draught
    dual/duel during/daring earn/urn elicit/illicit elusive/illusive eminent/imminent ensure/insure
    exercise/exorcise expand/expend expansive/expensive extant/extent faint/feint fair/fare fares/fairs
    faze/phase fazed/phased field/filled fields/fills fir/fur fired/fried flair/flare flea/flee floor/flaw
    flour/flower for/fore foreword/forward form/from formally/formerly fort/forte forth/fort found/fund
    freeze/frieze gamble/gambol gases/gasses gorilla/guerrilla grade/great grate/great greater/grater
    grown/groan guarantee/guaranty guessed/guest hail/hale hair/hare hall/haul halls/hauls hanger/hangar
    hart/heart have/halve heal/heel hear/here heard/herd heroin/heroine hoard/horde hole/whole holy/wholly
    hostile/hostel idle/idol impassable/impossible in/inn incidence/incidents
    ingenious/ingenuous insight/incite instance/instants intense/intents interest/interned it's/its just/adjust
    knew/new lead/led lean/lien leased/least less/lest lessen/lesson lessons/lessens lets/let's levee/levy
    liable/libel licence/license lie/lye lightening/lightning loan/lone local/locale loose/lose mail/male
    maker/marker manager/manger manner/manor manners/manors mantel/mantle marry/merry marshal/martial
    material/materiel mean/mien meat/meet medal/meddle medals/meddles metal/mettle minor/miner minors/miners
    missed/mist moor/more morning/mourning muscle/mussel muscles/mussels mussed/must night/knight nights/knights
    of/off on/own one's/ones ordinance/ordnance pain/pane pair/pear pairs/pears passage/passing passed/past
    patience/patients peace/piece peak/peek peaks/peeks peal/peel pedal/peddle peer/pier peers/piers
    perform/preform performed/preformed persecute/prosecute personal/personnel perspective/prospective
    plain/plane plains/planes plaintiff/plaintive plan/plain plans/planes pleas/please plum/plumb pole/poll
    poles/polls poor/pour popular/poplar pore/pour pores/pours portion/potion practice/practise
    practices/practises pray/prey precede/proceed precedence/precedents presence/presents president/precedent
    presidents/precedents prince/prints principal/principle principals/principles profit/prophet
    profits/prophets project/protect projects/protects proof/prove prophecy/prophesy propose/purpose
    province/providence quarts/quartz quiet/quite rain/reign rains/reins raise/rays raised/razed rap/wrap
    read/reed real/reel residence/residents respectively/respectfully retch/wretch review/revue reviews/revues
    right/write rights/writes ring/wring road/rode roads/rodes role/roll roles/rolls roman/roaming root/route
    roots/routes rose/rows rote/wrote sail/sale sails/sales scene/seen sea/see seam/seem seams/seems sear/seer
    seas/sees seed/cede sensible/sensitive sentence/sentience series/serious set/sit sever/severe sew/sow
    shear/sheer shone/shown shoot/chute sight/site sign/sing signed/singed silver/sliver since/sense slay/sleigh
    sleight/slight soar/sore sole/soul soles/souls son/sun song/sung sort/sought spade/spayed speed/sped
    staff/stuff staid/stayed stair/stare stairs/stares stake/steak stakes/steaks stationary/stationery
    statue/statute statues/statutes steal/steel step/steppe storey/story straight/strait straights/straits
    suit/suite suits/suites surf/serf tail/tale tails/tales taught/taut team/teem teams/teems tear/tier
    tears/tiers temper/tamper tenant/tenet tenants/tenets their/there their/there/they're then/than
    there/they're they're/their though/through thought/though threw/through throne/thrown thyme/time tide/tied
    tides/tied to/too toe/tow took/tock track/tract tracks/tracts trial/trail trials/trails troop/troupe
    troops/troupes vain/vein vale/veil valley/volley veracity/voracity vessel/vassal vessels/vassals vice/vise
    wages/wedges waist/waste wait/weight waits/weights wander/wonder war/wore ware/wear warm/worm wary/weary
    wave/waive waves/waives way/weigh ways/weighs we're/were weather/whether were/where which/witch while/wile
    who/whom whose/who's win/wine wins/wines with/width woman/women wood/would yoke/yolk your/you're
"""


def _read() -> dict[str, tuple[str, ...]]:
    table: dict[str, tuple[str, ...]] = {}
    for group in _GROUPS.split():
        words = group.split("/")
        for word in words:
            others = (other for other in words if other != word)
            table[word] = tuple(dict.fromkeys((*table.get(word, ()), *others)))
    return table


CONFUSABLES: Mapping[str, tuple[str, ...]] = MappingProxyType(_read())
"""Word → the words that it is often written as."""
