// The list of cases: filtered, ordered, and drawn only where it is looked at.

const ROW = 60, MARGIN = 8; // height of a row in pixels, rows drawn beyond the edges
const FIELDS = ["scenario", "perturbation", "severity", "outcome"];
let found = [], at = 0, hay = null;

function field(name) {
  return $(`f-${name}`);
}

function setUpFilters() {
  const offer = (name, values) => field(name).append(...values.map(([value, text]) => make("option", { value, text })));
  offer("scenario", VALUES.scenarios.map((scenario, place) => [String(place), scenario.name]));
  offer("perturbation", [...new Set(VALUES.conditions.map((one) => one[1]))].map((label) => [label, label]));
  const severities = [...new Set(VALUES.conditions.map((one) => one[2]))].sort((a, b) => a - b);
  offer("severity", severities.map((severity) => [String(severity), severity === 0 ? "0 (clean)" : String(severity)]));
  const there = new Set(VALUES.cases.map((row) => row[3]));
  $("slice-label").hidden = !VALUES.cases.some((row) => row[12]);
  offer("outcome", VALUES.outcomes.filter((_, place) => there.has(place)).map((outcome) => [outcome, outcome]));
}

function huntedBadge() {
  return make("span", { class: "badge hunted", text: "hunted", title: "chosen for being likely to fail: counts in no rate and no gate" });
}

function haystack(place) {
  if (!hay) hay = new Array(VALUES.cases.length);
  if (hay[place] === undefined) {
    const row = VALUES.cases[place];
    hay[place] = [row[0], row[2], ...row[6].map((text) => (text < 0 ? "" : VALUES.texts[text]))].join("\n").toLowerCase();
  }
  return hay[place];
}

function filter() {
  const wanted = Object.fromEntries(FIELDS.map((name) => [name, field(name).value]));
  const outcome = VALUES.outcomes.indexOf(wanted.outcome), needle = field("text").value.trim().toLowerCase();
  const moved = field("moved").checked, slice = field("slice").value;
  found = [];
  VALUES.cases.forEach((row, place) => {
    const [scenario, perturbation, severity] = VALUES.conditions[row[1]];
    if (wanted.scenario !== "" && scenario !== Number(wanted.scenario)) return;
    if (wanted.perturbation !== "" && perturbation !== wanted.perturbation) return;
    if (wanted.severity !== "" && severity !== Number(wanted.severity)) return;
    if (wanted.outcome !== "" && row[3] !== outcome) return;
    if (moved && row[6][3] === row[6][4]) return;
    if (slice !== "" && row[12] !== Number(slice)) return;
    if (needle && !haystack(place).includes(needle)) return;
    found.push(place);
  });
  const name = (place) => VALUES.cases[place][0];
  if (field("order").value === "id") found.sort((a, b) => (name(a) < name(b) ? -1 : name(a) > name(b) ? 1 : 0));
  else found.sort((a, b) => VALUES.cases[b][5] - VALUES.cases[a][5] || a - b);
  at = 0;
  $("list").scrollTop = 0;
  $("count").textContent = `${found.length} of ${VALUES.cases.length} cases`;
  draw();
}

function draw() {
  const list = $("list"), space = $("space"), height = list.clientHeight || 400;
  const first = Math.max(0, Math.floor(list.scrollTop / ROW) - MARGIN);
  const last = Math.min(found.length, Math.ceil((list.scrollTop + height) / ROW) + MARGIN);
  space.style.height = `${found.length * ROW}px`;
  space.replaceChildren();
  for (let index = first; index < last; index++) space.append(row(index));
  if (found.length) list.setAttribute("aria-activedescendant", `row-${at}`);
  else list.removeAttribute("aria-activedescendant");
}

function row(index) {
  const one = VALUES.cases[found[index]], outcome = VALUES.outcomes[one[3]];
  const asked = one[6][1] >= 0 && VALUES.texts[one[6][1]] ? one[6][1] : one[6][0];
  const element = make("div", { class: "case", role: "option", id: `row-${index}`, "data-index": index,
    "aria-selected": String(index === at), "aria-posinset": index + 1, "aria-setsize": found.length });
  const lost = one[5] > 0 ? ` · lost ${one[5]}` : "";
  element.append(
    make("p", {}, make("span", { class: `badge ${outcome}`, text: outcome }), ...(one[12] ? [" ", huntedBadge()] : []), ` ${one[0]}${lost}`),
    make("p", { class: "quiet", text: textOf(asked) }),
  );
  element.style.top = `${index * ROW}px`;
  return element;
}

function select(index) {
  if (!found.length) return;
  at = Math.min(Math.max(index, 0), found.length - 1);
  const list = $("list"), top = at * ROW;
  if (top < list.scrollTop) list.scrollTop = top;
  else if (top + ROW > list.scrollTop + list.clientHeight) list.scrollTop = top + ROW - list.clientHeight;
  draw();
}

function onListKey(event) {
  const page = Math.max(1, Math.floor($("list").clientHeight / ROW) - 1);
  const moves = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: found.length - 1 };
  if (event.key in moves) select(moves[event.key]);
  else if (event.key === "Enter" || event.key === " ") openCase(at);
  else return;
  event.preventDefault();
}
