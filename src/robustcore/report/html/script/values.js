// The values of the page, and cases as objects. Texts only ever become text nodes.

const VALUES = JSON.parse(document.getElementById("values").textContent);
const MISSING = "(left out of this page: run the case again, or look into the JSON report)";
const $ = (id) => document.getElementById(id);

function textOf(place) {
  return place < 0 ? MISSING : VALUES.texts[place];
}

function caseOf(row) {
  const [id, condition, item, outcome, reason, loss, texts, scores, lists, gold, status, validity, hunted] = row;
  const [scenario, perturbation, severity, family] = VALUES.conditions[condition];
  const [question, perturbed, expected, cleanAnswer, answer, evidence, planted, error] = texts.map(textOf);
  const [cleanRanking, ranking, cleanGiven, given] = lists.map(passagesOf);
  return { id, item, scenario: VALUES.scenarios[scenario], perturbation, severity, family, outcome: VALUES.outcomes[outcome],
    reason: textOf(reason), loss, question, perturbed, expected, cleanAnswer, answer, evidence, planted, error, scores,
    cleanRanking, ranking, cleanGiven, given, gold, status, validity, hunted };
}

function passagesOf(list) {
  return list < 0 ? null : VALUES.lists[list].map((place) => {
    const [name, text] = VALUES.passages[place];
    return { place, name, text: textOf(text) };
  });
}

function commandOf(one) {
  const quoted = (name) => name.split("'").join("'\"'\"'");
  const condition = one.family === "clean" ? one.perturbation : `${one.perturbation}-s${one.severity}`;
  return one.scenario.rerun.split("{case}").join(quoted(one.id)).split("{condition}").join(quoted(condition));
}

function make(tag, options = {}, ...children) {
  const { text, ...rest } = options, element = document.createElement(tag);
  for (const [name, value] of Object.entries(rest)) if (value !== undefined) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  element.append(...children);
  return element;
}
