// The details of the selected task or robot, and the events.

const inspector = $("inspector");

function selectTask(which, { focus = false, write = true } = {}) {
  const index = findTask(which);
  if (index === null) return false;
  Object.assign(shown, { task: index, robot: null });
  openInspector(taskPanel(index), focus);
  const robot = barsOf[index].at(-1)?.robot ?? tasks[index].robot;
  if (robot !== null && robot !== undefined) showRow(robot);
  if (write) writeHash(`task=${encodeURIComponent(tasks[index].id || index)}`);
  return true;
}

// A task by its id, else by its index.
function findTask(which) {
  const byId = tasks.findIndex((task) => task.id === String(which));
  if (byId >= 0) return byId;
  const index = Number(which);
  return String(which).trim() !== "" && Number.isInteger(index) && tasks[index] ? index : null;
}

function selectRobot(index, { write = true } = {}) {
  if (!robots[index]) return false;
  Object.assign(shown, { task: null, robot: index });
  mapView.follow = true;
  openInspector(robotPanel(index));
  showRow(index);
  if (write) writeHash(`robot=${index}`);
  return true;
}

function clearSelection() {
  if (shown.task === null && shown.robot === null) return;
  Object.assign(shown, { task: null, robot: null });
  inspector.classList.remove("open");
  inspector.replaceChildren(...emptyPanel());
  writeHash("");
  markRows();
  changed();
}

function openInspector(content, focus) {
  inspector.classList.add("open");
  inspector.replaceChildren(...content);
  inspector.scrollTop = 0;
  inspector.parentElement.scrollTop = 0;
  markRows();
  changed();
  if (focus) inspector.focus({ preventScroll: true });
}

function emptyPanel() {
  return [el("h2", {}, "Why did it go there?"), el("p", { class: "empty" }, "Select a task, on the map, in the chart or in the table, to see who bid for it and why it went where it went. Select a robot to follow it.")];
}

function heading(title, id) {
  const close = el("button", { type: "button", class: "close", "aria-label": "Close the details", click: clearSelection }, "✕");
  return el("div", { class: "top" }, el("div", {}, el("h2", {}, title), id && id !== title ? el("p", { class: "id" }, id) : null), close);
}

function definitions(rows) {
  const list = el("dl", { class: "grid" });
  for (const [label, value] of rows) if (value !== null && value !== undefined && value !== "") list.append(el("dt", {}, label), el("dd", {}, value));
  return list;
}

const outcomeColour = { done: "work", failed: "broken", cancelled: "idle", unserved: "cut_off" };
const outcomeTone = { done: "good", failed: "bad" };

function taskPanel(index) {
  const task = tasks[index];
  const time = (t) => (t === null || t === undefined ? null : timeLink(t));
  const late = task.lateness > 0 ? el("span", { class: "late" }, span(task.lateness)) : task.due === null ? null : "None";
  return [
    heading(taskName(index), task.id),
    el("div", { class: "chips" },
      el("span", { class: "chip" }, swatch(task.priority, "diamond"), `${capital(task.priority)} priority`),
      el("span", { class: `chip ${outcomeTone[task.outcome] ?? ""}` }, OUTCOMES[task.outcome]),
      task.needs.map((need) => el("span", { class: "chip" }, `Needs ${need}`))),
    task.reason ? el("p", { class: "note" }, task.reason) : null,
    lifeLine(index),
    definitions([
      ["Robot", task.robot === null ? null : robotLink(task.robot)],
      ["Submitted", time(task.submitted)], ["Release", time(task.release)], ["Due", time(task.due)], ["Deadline", time(task.deadline)],
      ["Set out", time(task.started)], [task.outcome === "done" ? "Finished" : "Ended", time(task.finished)], ["Late by", late],
      [task.stops.length === 1 ? "Stop" : "Stops", task.stops.map(([x, y]) => `(${x.toFixed(1)}, ${y.toFixed(1)})`).join(" → ")],
    ]),
    ...auctionBlocks(task),
    logBlock(task),
  ].filter(Boolean);
}

// The life of a task on one line: waiting, on the way, at work, with its due time and deadline.
function lifeLine(index) {
  const task = tasks[index];
  const bars = barsOf[index];
  const from = Math.min(task.submitted ?? Infinity, task.release ?? Infinity, bars[0]?.from ?? Infinity);
  const to = Math.max(task.finished ?? duration, task.due ?? 0, task.deadline ?? 0, bars.at(-1)?.to ?? 0);
  if (!(to > from)) return null;
  const canvas = el("canvas", { class: "life", role: "img", "aria-label": "The life of the task; its times are listed below." });
  const draw = () => {
    if (!canvas.isConnected) return;
    const [width, height, ratio] = [canvas.clientWidth, 46, window.devicePixelRatio || 1];
    [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    context.font = `11px ${FONT.slice(5)}`;
    const x = (t) => 2 + ((t - from) / (to - from)) * (width - 4);
    const end = task.finished ?? duration;
    context.fillStyle = colours.line;
    context.fillRect(x(from), 21, Math.max(x(end) - x(from), 1), 4);
    for (const bar of bars) {
      context.fillStyle = colours[task.priority];
      context.globalAlpha = bar.kind === "work" ? 1 : 0.55;
      const tall = bar.kind === "work" ? 14 : 8;
      context.fillRect(x(bar.from), 23 - tall / 2, Math.max(x(bar.to) - x(bar.from), 1), tall);
    }
    context.globalAlpha = 1;
    for (const [t, text, low] of [[task.due, "due", false], [task.deadline, "deadline", true]]) {
      if (t === null) continue;
      context.fillStyle = colours[low ? "broken" : "ink"];
      context.fillRect(x(t) - 0.75, low ? 12 : 10, 1.5, 24);
      const wide = context.measureText(text).width;
      context.fillText(text, clamp(x(t) - wide / 2, 0, width - wide), low ? 45 : 8);
    }
    if (shown.t < from || shown.t > to) return;
    context.fillStyle = colours.accent;
    context.fillRect(x(shown.t) - 0.75, 12, 1.5, 22);
  };
  lifePainter = draw;
  return canvas;
}

let lifePainter = null;

function logBlock(task) {
  if (task.log.length === 0) return null;
  const lines = task.log.map(([t, text]) => el("li", {}, timeLink(t), el("span", {}, text)));
  return el("section", { class: "block" }, el("h3", {}, "What happened to it"), el("ol", { class: "log" }, lines));
}

function robotPanel(index) {
  const robot = robots[index];
  const seen = new Map();
  for (const [task, from, to] of robot.bars) {
    const entry = seen.get(task) ?? { from, to };
    seen.set(task, { from: Math.min(entry.from, from), to: Math.max(entry.to, to) });
  }
  const live = { state: el("span"), task: el("span"), battery: el("span") };
  robotLive = () => {
    const bar = barOf(robot, shown.t);
    const battery = batteryOf(robot, shown.t);
    live.state.textContent = STATES[stateOf(robot, shown.t)];
    live.battery.textContent = battery === null ? "–" : `${Math.round(battery * 100)} %`;
    const current = bar ? String(bar[0]) : "";
    if (live.task.dataset.task === current) return;
    live.task.dataset.task = current;
    live.task.replaceChildren(bar ? taskLink(bar[0]) : "None");
  };
  const plan = [...seen].sort((a, b) => a[1].from - b[1].from);
  const list = el("ol", { class: "log" });
  const more = el("button", { type: "button", class: "more" });
  const show = (most) => {
    list.replaceChildren(...plan.slice(0, most).map(([task, { from }]) => el("li", {}, timeLink(from), el("span", {}, taskLink(task), ` ${tasks[task].priority === "normal" ? "" : `(${tasks[task].priority})`}`))));
    more.hidden = plan.length <= most;
    more.textContent = `Show all ${plan.length}`;
  };
  more.addEventListener("click", () => show(plan.length));
  show(20);
  return [
    heading(robotName(index), robot.id),
    el("div", { class: "chips" }, robot.abilities.map((ability) => el("span", { class: "chip" }, ability))),
    definitions([
      ["Now", live.state], ["Task", live.task], ["Battery", robot.battery.length ? live.battery : null],
      ["Distance", `${count(robot.distance)} m`], ["Tasks done", String(robot.done)],
    ]),
    plan.length ? el("section", { class: "block" }, el("h3", {}, "Its tasks, by when it set out"), list, more) : null,
  ].filter(Boolean);
}

let robotLive = null;

function drawPanel() {
  if (shown.task !== null) lifePainter?.();
  if (shown.robot !== null) robotLive?.();
}

function startPanel() {
  inspector.replaceChildren(...emptyPanel());
  painters.push(drawPanel);
  $("events-panel").hidden = data.events.length === 0;
  const most = 200;
  const list = $("events");
  const show = (events) => list.replaceChildren(...events.map((event) => el("li", { class: `event-${event.kind}` }, timeLink(event.t), el("span", {}, event.text))));
  show(data.events.slice(0, most));
  if (data.events.length > most) {
    const more = el("button", { type: "button", class: "more", click: () => { show(data.events); more.remove(); } }, `Show all ${data.events.length}`);
    list.after(more);
  }
}
