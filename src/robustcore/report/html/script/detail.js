// One case: question, answers and passages with what changed in them, ranks, and the command that runs it again.

function marked(before, after) {
  const tags = { new: "ins", gone: "del" };
  return difference(before, after).map(([kind, text]) => (tags[kind] ? make(tags[kind], { text }) : document.createTextNode(text)));
}

function facts(one) {
  const list = make("dl"), add = (name, ...shown) => list.append(make("dt", { text: name }), make("dd", {}, ...shown));
  add("question", one.question || "(not kept)");
  if (one.perturbed && one.perturbed !== one.question) add("asked instead", ...marked(one.question, one.perturbed));
  const none = one.question ? "(none)" : "(not kept)";
  add("expected", one.expected || (one.question ? "(to refuse)" : none));
  add("clean answer", one.cleanAnswer || none);
  add("answer", ...(one.answer ? marked(one.cleanAnswer, one.answer) : [none]));
  if (one.planted) add("planted", one.planted);
  if (one.evidence) add("evidence", one.evidence);
  if (one.error) add(one.status === "applied" ? "error" : "note", one.error);
  if (one.reason) add("outcome", make("span", { class: one.outcome, text: one.outcome }), `: ${one.reason}`);
  if (one.validity) add("validity", one.validity);
  if (one.hunted) add("slice", huntedBadge(), " chosen for being likely to fail: counts in no rate and no gate");
  return list;
}

function scores(one) {
  const number = (value) => (value === null ? "–" : String(Math.round(value * 1000) / 1000));
  const rows = one.scenario.measures.map(([name, upward], place) => {
    const [clean, now] = one.scores[place];
    const worse = clean !== null && now !== null && (upward ? now < clean : now > clean);
    return make("tr", {}, make("th", { scope: "row", text: name }), make("td", { text: number(clean) }),
      make("td", { class: worse ? "failed" : undefined, text: number(now) + (worse ? " worse" : "") }));
  });
  return table(["measure", "clean", "perturbed"], rows);
}

function table(heads, rows) {
  const head = make("thead", {}, make("tr", {}, ...heads.map((text) => make("th", { scope: "col", text }))));
  return make("div", { class: "scroll" }, make("table", {}, head, make("tbody", {}, ...rows)));
}

function ranks(one) {
  const before = one.cleanRanking, now = one.ranking;
  if (!before || !now) return null;
  const names = [...new Map([...now, ...before].map((passage) => [passage.place, passage])).values()];
  const rankIn = (list, passage) => list.findIndex((other) => other.place === passage.place) + 1;
  const rows = names.map((passage) => {
    const old = rankIn(before, passage), rank = rankIn(now, passage);
    const moved = !old ? "new" : !rank ? "gone" : rank === old ? "same" : rank < old ? `up ${old - rank}` : `down ${rank - old}`;
    const gold = one.gold.includes(passage.name) ? " ★ holds the answer" : "";
    return make("tr", {}, make("th", { scope: "row", text: passage.name + gold }), make("td", { text: old || "–" }),
      make("td", { text: rank || "–" }), make("td", { class: moved === "gone" ? "failed" : undefined, text: moved }));
  });
  return table(["retrieved passage", "rank clean", "rank now", "moved"], rows);
}

function readPassages(one) {
  const before = one.cleanGiven || [], now = one.given || [], shown = [];
  const source = (name) => name.split(":").slice(1).join(":").split("#")[0];
  const used = new Set();
  for (const passage of now) {
    const same = before.find((other) => other.place === passage.place);
    const old = same || before.find((other) => other.name === passage.name && !used.has(other.place) && !now.some((also) => also.place === other.place))
      || before.find((other) => other.name === source(passage.name));
    if (same) { used.add(same.place); shown.push(folded(`${passage.name}: unchanged`, [passage.text])); continue; }
    if (old && old.name === passage.name) used.add(old.place);
    shown.push(open(`${passage.name}: ${old ? `changed${old.name === passage.name ? "" : `, made of ${old.name}`}` : "added"}`,
      old ? marked(old.text, passage.text) : [make("ins", { text: passage.text })]));
  }
  for (const passage of before)
    if (!used.has(passage.place)) shown.push(folded(`${passage.name}: no longer read`, [make("del", { text: passage.text })]));
  return shown;
}

function folded(title, parts) {
  return make("details", {}, make("summary", { text: title }), make("div", { class: "passage" }, ...parts));
}

function open(title, parts) {
  const element = folded(title, parts);
  element.open = true;
  return element;
}

function openCase(index) {
  if (!found.length) return;
  select(index);
  const one = caseOf(VALUES.cases[found[at]]), dialog = $("case"), command = commandOf(one);
  const button = (text, work, options = {}) => {
    const element = make("button", { type: "button", text, ...options });
    element.addEventListener("click", work);
    return element;
  };
  const top = make("div", { class: "bar-top" },
    make("h2", { id: "case-title", tabindex: "-1", text: one.id }),
    button("Previous", () => openCase(at - 1), { id: "case-previous" }), button("Next", () => openCase(at + 1), { id: "case-next" }),
    button("Close", () => dialog.close(), { id: "case-close" }));
  const body = make("div", { class: "body" }, facts(one), make("h3", { text: "Measures" }), scores(one));
  const moved = ranks(one), passages = readPassages(one);
  if (moved) body.append(make("h3", { text: "Retrieval" }), moved);
  if (passages.length) body.append(make("h3", { text: "Passages that were read" }), ...passages);
  if (command) {
    const shown = make("code", { class: "command", id: "command", tabindex: "0", text: command });
    body.append(make("h3", { text: "Run it again" }), shown, button("Copy", (event) => copy(shown, event.target), { id: "copy" }));
  }
  dialog.replaceChildren(top, body);
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
  $("case-title").focus();
  try { history.replaceState(null, "", `#case=${encodeURIComponent(one.id)}`); } catch { /* a page without an address */ }
}

function copy(shown, button) {
  getSelection().selectAllChildren(shown);
  const done = () => { button.textContent = "Copied"; };
  if (navigator.clipboard) navigator.clipboard.writeText(shown.textContent).then(done, () => { button.textContent = "Selected: copy it"; });
  else if (document.execCommand("copy")) done();
}
