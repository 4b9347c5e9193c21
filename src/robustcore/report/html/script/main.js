// Wires the page up.

const THEMES = ["auto", "dark", "light"];

function setTheme(name) {
  if (name === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
  $("theme").textContent = `theme: ${name}`;
  try { localStorage.setItem("robust-theme", name); } catch { /* a file may have no storage */ }
}

function storedTheme() {
  try { return THEMES.includes(localStorage.getItem("robust-theme")) ? localStorage.getItem("robust-theme") : "auto"; } catch { return "auto"; }
}

function showCases(button) {
  $("filters").reset();
  for (const name of ["scenario", "perturbation", "severity"]) field(name).value = button.dataset[name] || "";
  filter();
  $("cases").scrollIntoView();
  $("list").focus({ preventScroll: true });
}

function openLinked() {
  const linked = /^#case=(.*)$/.exec(location.hash);
  if (!linked) return;
  let id = linked[1];
  try { id = decodeURIComponent(id); } catch { /* not of ours: looked up as it is */ }
  const index = found.findIndex((place) => VALUES.cases[place][0] === id);
  if (index >= 0) openCase(index);
}

setTheme(storedTheme());
$("theme").addEventListener("click", () => {
  setTheme(THEMES[(THEMES.indexOf($("theme").textContent.slice("theme: ".length)) + 1) % THEMES.length]);
});
setUpFilters();
let typing = 0;
$("filters").addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(filter, 60); });
$("filters").addEventListener("reset", () => setTimeout(filter));
$("filters").addEventListener("submit", (event) => { event.preventDefault(); filter(); });
$("list").addEventListener("scroll", draw, { passive: true });
$("list").addEventListener("keydown", onListKey);
$("list").addEventListener("click", (event) => {
  const element = event.target.closest(".case");
  if (element) openCase(Number(element.dataset.index));
});
$("case").addEventListener("keydown", (event) => {
  if (event.key === "ArrowRight") openCase(at + 1);
  else if (event.key === "ArrowLeft") openCase(at - 1);
});
$("case").addEventListener("close", () => {
  try { history.replaceState(null, "", location.pathname); } catch { /* a page without an address */ }
  $("list").focus({ preventScroll: true });
});
document.querySelectorAll(".to-cases").forEach((button) => button.addEventListener("click", () => showCases(button)));
addEventListener("resize", draw);
filter();
document.documentElement.dataset.ready = "true";
openLinked();
