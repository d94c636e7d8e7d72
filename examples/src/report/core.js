// The data, the moment shown, what is selected, and small helpers.

const root = document.documentElement;
root.dataset.script = "1";
window.addEventListener("error", (event) => {
  // Chromium reports a layout that takes two frames as an error; nothing is wrong then.
  if (!String(event.message).startsWith("ResizeObserver loop")) root.dataset.error = String(event.message);
});

const $ = (id) => document.getElementById(id);
const data = JSON.parse($("data").textContent);
const { robots, tasks } = data;
const duration = Math.max(data.duration, 1e-3);
const reducedMotion = window.matchMedia("(prefers-reduced-motion: reduce)");

const STATES = {
  idle: "Idle", travel: "Travelling", work: "Working", to_charger: "To a charger",
  charging: "Charging", broken: "Out of order", cut_off: "Cut off",
};
const PRIORITIES = ["critical", "high", "normal", "low"];
const OUTCOMES = { done: "Done", failed: "Failed", cancelled: "Cancelled", unserved: "Not served" };

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
const robotName = (index) => robots[index]?.name || robots[index]?.id || `Robot ${index}`;
const taskName = (index) => tasks[index]?.name || tasks[index]?.id || `Task ${index}`;
const plural = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

// What is shown now. Whoever changes it calls `changed`.
const shown = { t: 0, playing: false, speed: 1, task: null, robot: null };
const painters = [];
let asked = false;

function paint() {
  asked = false;
  for (const painter of painters) painter();
}

function changed() {
  if (asked) return;
  asked = true;
  requestAnimationFrame(paint);
}

function seek(t) {
  shown.t = clamp(Number(t) || 0, 0, duration);
  changed();
}

// An element with attributes and children. Text always goes in as text, never as HTML.
function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "click") element.addEventListener("click", value);
    else if (name === "swatch") element.style.setProperty("--swatch", `var(--${value})`);
    else if (name === "share") element.style.width = `${value * 100}%`;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

const link = (text, click, attributes = {}) => el("button", { type: "button", class: "link", click, ...attributes }, text);
const robotLink = (index) => link(robotName(index), () => selectRobot(index));
const taskLink = (index) => link(taskName(index), () => selectTask(index));
const timeLink = (t) => link(clock(t), () => seek(t), { "aria-label": `Go to ${clock(t)}` });
const swatch = (colour, shape = "") => el("span", { class: `swatch ${shape}`, swatch: colour, "aria-hidden": "true" });

// Seconds since the start, as m:ss or h:mm:ss, with tenths where the run is short.
function clock(t) {
  const tenths = duration < 60;
  const total = tenths ? Math.round(t * 10) / 10 : Math.round(t);
  const pad = (value) => String(value).padStart(2, "0");
  const minutes = Math.floor(total / 60);
  const rest = total - minutes * 60;
  const seconds = tenths ? rest.toFixed(1).padStart(4, "0") : pad(rest);
  if (duration < 3600) return `${minutes}:${seconds}`;
  return `${Math.floor(minutes / 60)}:${pad(minutes % 60)}:${seconds}`;
}

// A length of time in words that a person would use.
function span(seconds) {
  if (seconds < 60) return `${number(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`;
}

function number(value) {
  if (value === null || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  const digits = size >= 1000 ? 0 : size >= 0.1 || size === 0 ? 1 : size >= 0.01 ? 2 : 3;
  const [whole, part] = size.toFixed(digits).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, "\u202f");
  return `${value < 0 ? "−" : ""}${grouped}${part === undefined ? "" : `.${part}`}`;
}

const count = (value) => number(value).replace(/\.0$/, "");

// The index of the last entry that is not after `t`, or -1. `key` gives an entry's time.
function lastAt(list, t, key) {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (key(list[middle]) <= t) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

const first = (entry) => entry[0];

// Where a robot is at `t`.
function placeOf(robot, t) {
  const frames = robot.keyframes;
  if (frames.length === 0) return null;
  const at = lastAt(frames, t, first);
  if (at < 0) return [frames[0][1], frames[0][2]];
  const [from, x, y] = frames[at];
  const next = frames[at + 1];
  if (!next || next[0] <= from) return [x, y];
  const share = (t - from) / (next[0] - from);
  return [x + share * (next[1] - x), y + share * (next[2] - y)];
}

function stateOf(robot, t) {
  const entry = robot.states[lastAt(robot.states, t, first)];
  return entry && t < entry[1] ? entry[2] : "idle";
}

function batteryOf(robot, t) {
  const entry = robot.battery[Math.max(lastAt(robot.battery, t, first), 0)];
  return entry ? entry[1] : null;
}

// A bar is [task, from, to, kind, outcome].
const barStart = (bar) => bar[1];
function barOf(robot, t) {
  const bar = robot.bars[lastAt(robot.bars, t, barStart)];
  return bar && t < bar[2] ? bar : null;
}

// For each task, the bars of all robots that worked on it, in order of time.
const barsOf = tasks.map(() => []);
robots.forEach((robot, index) => {
  for (const bar of robot.bars) barsOf[bar[0]]?.push({ robot: index, from: bar[1], to: bar[2], kind: bar[3], outcome: bar[4] });
});
for (const bars of barsOf) bars.sort((a, b) => a.from - b.from);

// What a task is at `t`: future, open, running, or how it ended.
function statusOf(index, t) {
  const task = tasks[index];
  if (t < (task.submitted ?? task.release ?? 0)) return "future";
  if (task.finished !== null && t >= task.finished) return task.outcome;
  return barsOf[index].some((bar) => bar.from <= t && t < bar.to) ? "running" : "open";
}
