"""English word lists that decide which words an operator may touch. Lower case, without apostrophes."""

from __future__ import annotations


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


WH_WORDS = _set("who whom whose what which when where why how whether")

NEGATIONS = _set(
    """
    no not none nor neither never nobody nothing nowhere without cannot non except excluding unless hardly barely
    scarcely seldom rarely lack lacks lacking fail fails failed refuse refuses refused deny denies denied cant dont
    wont isnt arent doesnt didnt wasnt werent hasnt havent hadnt
    """
)
"""Words that turn a statement round; contractions in n't are recognised by their ending."""

REMOVABLE = _set(
    """
    a an the this that these those am is are was were be been being do does did doing have has had having will would
    shall should can could may might must of at by for in on to with as and then so such there here it its he him his
    she her hers they them their theirs we us our ours you your yours i me my mine myself itself himself herself
    themselves about also just very too ever please
    """
)
"""Function words that a terse writer leaves out."""

CARRYING = _set(
    """
    or but if from into onto before after above below under over between against during since until up down out off
    through across among more most less least than only same few other both all any some each every many much own
    again once now because while per via within upon
    """
)
"""Function words that carry meaning of their own: never removed, and never misspelt either."""

STOP_WORDS = REMOVABLE | CARRYING | WH_WORDS

UNITS = _set(
    """
    mm cm dm km mg kg lb lbs oz ml cl nm ms sec secs min mins hr hrs hz khz mhz ghz kw mw gw kwh mwh gwh kv ma kj mj
    pa kpa mpa hpa bar kb mb gb tb kbps mbps gbps mph kph rpm ppm dpi px inch inches foot feet yard yards mile miles
    acre acres hectare hectares metre metres meter meters centimetre centimetres centimeter centimeters millimetre
    millimetres millimeter millimeters kilometre kilometres kilometer kilometers gram grams kilogram kilograms kilo
    kilos tonne tonnes ton tons ounce ounces pound pounds litre litres liter liters gallon gallons pint pints
    millilitre millilitres milliliter milliliters second seconds minute minutes hour hours day days week weeks
    fortnight fortnights month months quarter quarters year years decade decades century centuries degree degrees
    celsius fahrenheit kelvin watt watts kilowatt kilowatts megawatt megawatts gigawatt gigawatts volt volts ampere
    amperes joule joules calorie calories hertz pascal pascals byte bytes kilobyte kilobytes megabyte megabytes
    gigabyte gigabytes terabyte terabytes bit bits pixel pixels knot knots percent cent cents dollar dollars euro
    euros sterling yen franc francs krone kroner krona kronor crown crowns rupee rupees usd eur gbp jpy chf nok sek
    dkk inr cny dozen dozens hundred hundreds thousand thousands million millions billion billions trillion trillions
    mln bn percentage
    """
)
"""Units, currencies and scale words: a slip in one of them is another quantity."""

LETTER_UNITS = _set("m g t l s h v w k c f j a")
"""Units only where they follow a number."""

NUMBER_WORDS: tuple[str, ...] = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
)
"""Spelt-out integers; the index is the value."""

PREPOSITIONAL = _set(
    """
    after around about approximately roughly nearly almost over under during since by from between until before in at
    on circa some an a the early late mid less more than
    """
)
"""Words that stand before a number or a date and leave it one, also with the capital of a sentence's beginning."""

MONTHS = _set(
    """
    january february march april may june july august september october november december jan feb mar apr jun jul aug
    sep sept oct nov dec
    """
)

DAYS = _set("monday tuesday wednesday thursday friday saturday sunday")

LOCATIVES = _set("in at near from into through across outside throughout around toward towards within")
"""Prepositions behind which a name is a place more often than not."""

TITLES = _set(
    """
    mr mrs ms miss dr prof professor sir dame lady lord king queen prince princess emperor empress duke duchess count
    countess earl baron bishop archbishop pope saint general admiral colonel major captain lieutenant governor
    president chancellor minister judge senator historian author philosopher writer poet painter engineer
    """
)
"""Words before which a name follows that is a person's."""

PERSONAL_VERBS = _set("wrote writes said says argued argues claimed married died born believed believes replied told")
"""Words before which a name stands that is a person's."""

PAST_TENSES = _set(
    "came became gave took went made held led began won found broke fell sent fought lost built kept drew grew ran sold"
)
"""Irregular past tenses behind a name that is the subject of its sentence; the others end in -ed."""

PLACE_WORDS = _set("country countries city cities town towns continent continents region province village nation")
"""Words that make a question one for a place."""

GROUP_WORDS = _set(
    """
    government parliament commission council committee court party army navy company corporation church university
    union league association bank ministry board office empire kingdom republic group society states
    """
)
"""Last words of names that many people share."""

ABBREVIATIONS = _set(
    """
    mr mrs ms dr prof st sr jr rev hon gen col sgt capt lt maj gov sen rep e.g i.e eg ie etc vs cf ca al inc ltd co
    corp plc bros dept est approx fig figs vol ed eds p pp ch sec art nos jan feb mar apr jun jul aug sep sept oct nov
    dec mt ft ave blvd rd
    """
)
"""Words after whose full stop a sentence usually goes on."""
