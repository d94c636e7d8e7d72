// Time, theme, keyboard, the address, and the start of everything.

const ICONS = { play: "M4 2.5v11L13.5 8z", pause: "M4 2.5h3v11H4zM9.5 2.5h3v11h-3z" };
const SPEEDS = [0.25, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];
let lastFrame = null;

function tick(now) {
  if (!shown.playing) return;
  if (lastFrame !== null) shown.t = Math.min(shown.t + ((now - lastFrame) / 1000) * shown.speed, duration);
  lastFrame = now;
  if (shown.t >= duration) pause();
  paint();
  if (shown.playing) requestAnimationFrame(tick);
}

function play() {
  if (shown.playing) return;
  if (shown.t >= duration) shown.t = 0;
  Object.assign(shown, { playing: true });
  lastFrame = null;
  drawPlayer();
  requestAnimationFrame(tick);
}

function pause() {
  shown.playing = false;
  drawPlayer();
  changed();
}

const toggle = () => (shown.playing ? pause() : play());
const step = (sign) => {
  pause();
  seek(shown.t + sign * Math.max(duration / 200, 0.1));
};

function drawPlayer() {
  const label = shown.playing ? "Pause" : "Play";
  if ($("play").getAttribute("aria-label") === label) return;
  $("play").setAttribute("aria-label", label);
  $("play").querySelector("path").setAttribute("d", ICONS[label.toLowerCase()]);
}

function drawClock() {
  const text = clock(shown.t);
  if (drawClock.last === text) return;
  drawClock.last = text;
  $("clock").replaceChildren(text, el("small", {}, ` / ${clock(duration)}`));
  $("scrub").value = shown.t;
  $("scrub").setAttribute("aria-valuetext", text);
  data.events.slice(0, 200).forEach((event, i) => $("events").children[i]?.classList.toggle("future", event.t > shown.t));
}

function startPlayer() {
  $("scrub").max = duration;
  $("scrub").addEventListener("input", (event) => seek(event.target.value));
  const usual = SPEEDS.reduce((best, speed) => (Math.abs(Math.log(duration / speed / 60)) < Math.abs(Math.log(duration / best / 60)) ? speed : best));
  for (const speed of SPEEDS) $("speed").append(el("option", { value: speed, selected: speed === usual }, `${speed}×`));
  shown.speed = usual;
  $("speed").addEventListener("change", (event) => { shown.speed = Number(event.target.value); });
  $("start").addEventListener("click", () => seek(0));
  $("back").addEventListener("click", () => step(-1));
  $("forward").addEventListener("click", () => step(1));
  $("play").addEventListener("click", toggle);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return clearSelection();
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, button, summary, a")) return;
    const action = { " ": toggle, ArrowLeft: () => step(-1), ArrowRight: () => step(1), Home: () => seek(0), End: () => seek(duration) }[event.key];
    if (!action) return;
    action();
    event.preventDefault();
  });
  painters.push(drawClock);
}

// The system's theme, unless the reader chose another.
const THEMES = { system: "System", light: "Light", dark: "Dark" };
const darkSystem = window.matchMedia("(prefers-color-scheme: dark)");
let theme = "system";

function setTheme(name, keep) {
  theme = THEMES[name] ? name : "system";
  root.dataset.theme = theme === "system" ? (darkSystem.matches ? "dark" : "light") : theme;
  $("theme").querySelector("span").textContent = THEMES[theme];
  $("theme").setAttribute("aria-label", `Colours: ${THEMES[theme].toLowerCase()}`);
  readColours();
  changed();
  if (keep) remember(theme);
}

// Storage may be switched off for local files.
function remember(value) {
  try {
    if (value === undefined) return localStorage.getItem("fleet-theme");
    localStorage.setItem("fleet-theme", value);
  } catch { /* The choice then lasts as long as the page. */ }
  return null;
}

function startTheme() {
  setTheme(remember() ?? "system");
  darkSystem.addEventListener("change", () => setTheme(theme));
  $("theme").addEventListener("click", () => {
    const names = Object.keys(THEMES);
    setTheme(names[(names.indexOf(theme) + 1) % names.length], true);
  });
}

// The address: #task=12, #robot=3, #t=90, #theme=dark, joined by &.
function readHash() {
  const wish = new URLSearchParams(window.location.hash.slice(1));
  if (wish.has("theme")) setTheme(wish.get("theme"));
  if (wish.has("task")) {
    // Opens where the task is under way, unless the address names the moment.
    if (selectTask(wish.get("task"), { focus: true, write: false })) seek(middleOf(shown.task));
  }
  if (wish.has("t")) seek(wish.get("t"));
  if (wish.has("robot")) selectRobot(Number(wish.get("robot")), { write: false });
}

function middleOf(task) {
  const { submitted, started, finished } = tasks[task];
  const from = started ?? submitted ?? shown.t;
  return (from + (finished ?? from)) / 2;
}

function writeHash(text) {
  try {
    window.history.replaceState(null, "", `#${text}`);
  } catch { /* Some viewers forbid it; the page works without. */ }
}

// Opens where most is going on, so that the first picture says something.
function busiest() {
  const { t, running } = data.task_series;
  let best = 0;
  running.forEach((value, i) => { if (value > (running[best] ?? 0)) best = i; });
  return t[best] ?? 0;
}

function measure() {
  root.dataset.fits = String(root.scrollWidth <= window.innerWidth);
  root.dataset.width = String(window.innerWidth);
}

startTheme();
startMap();
startGantt();
startCharts();
startPanel();
startTable();
startPlayer();
seek(busiest());
readHash();
if (window.matchMedia("(max-width: 760px)").matches) document.querySelector(".facts").open = false;
window.addEventListener("hashchange", readHash);
window.addEventListener("resize", measure);
window.fleetReport = { seek, play, pause, time: () => shown.t, select: (task) => selectTask(task) };
paint();
measure();
root.dataset.ready = "1";
