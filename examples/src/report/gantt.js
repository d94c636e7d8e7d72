// The Gantt chart: one row a robot. Only the rows in sight are drawn, so thousands of robots are no burden.

const ganttCanvas = $("gantt");
const ganttScroll = $("gantt-scroll");
const AXIS = 26;
const gantt = { from: 0, to: duration, row: robots.length > 200 ? 18 : 24, label: 110, width: 0 };
const longestSpan = duration * 1.0001;

const ganttX = (t) => gantt.label + ((t - gantt.from) / (gantt.to - gantt.from)) * (gantt.width - gantt.label);
const ganttT = (x) => gantt.from + ((x - gantt.label) / (gantt.width - gantt.label)) * (gantt.to - gantt.from);

function showGantt(from, to) {
  const length = clamp(to - from, duration / 5000, longestSpan);
  gantt.from = clamp(from, 0, Math.max(duration - length, 0));
  gantt.to = gantt.from + Math.min(length, duration);
  changed();
}

function zoomGantt(factor, x = ganttX(clamp(shown.t, gantt.from, gantt.to))) {
  const t = ganttT(Math.max(x, gantt.label));
  const length = clamp((gantt.to - gantt.from) / factor, duration / 5000, duration);
  const share = (t - gantt.from) / (gantt.to - gantt.from);
  showGantt(t - share * length, t + (1 - share) * length);
}

function sizeGantt() {
  const tall = AXIS + robots.length * gantt.row;
  $("gantt-rows").style.height = `${tall}px`;
  ganttCanvas.style.height = `${Math.min(tall, ganttScroll.clientHeight || tall)}px`;
  gantt.label = ganttScroll.clientWidth < 560 ? 76 : 116;
  changed();
}

function drawGantt(context, width, height) {
  gantt.width = width;
  followTime();
  const top = ganttScroll.scrollTop;
  const firstRow = Math.floor(top / gantt.row);
  const lastRow = Math.min(robots.length - 1, Math.ceil((top + height - AXIS) / gantt.row));
  const ticks = timeTicks(gantt.from, gantt.to, Math.max((width - gantt.label) / 84, 2));
  context.save();
  context.beginPath();
  context.rect(0, AXIS, width, height - AXIS);
  context.clip();
  drawGrid(context, ticks, height);
  const chosen = chosenRobot();
  for (let index = firstRow; index <= lastRow; index += 1) {
    const y = AXIS + index * gantt.row - top;
    if (index === chosen) {
      context.fillStyle = colours["soft-accent"];
      context.fillRect(0, y, width, gantt.row);
    }
    context.fillStyle = colours.line;
    context.fillRect(0, y + gantt.row - 1, width, 1);
    drawRow(context, robots[index], y);
    drawLabel(context, index, y, index === chosen);
  }
  context.restore();
  drawAxis(context, ticks, width);
  context.save();
  context.beginPath();
  context.rect(gantt.label, 0, width - gantt.label, height);
  context.clip();
  timeMarks(context, ganttX, AXIS - 6, height, gantt.from, gantt.to);
  context.restore();
}

// Keeps the moment shown in sight while playing.
function followTime() {
  if (!shown.playing || (shown.t >= gantt.from && shown.t <= gantt.to)) return;
  const length = gantt.to - gantt.from;
  gantt.from = clamp(shown.t - length * 0.1, 0, duration - length);
  gantt.to = gantt.from + length;
}

function drawGrid(context, ticks, height) {
  context.fillStyle = colours.line;
  context.globalAlpha = 0.6;
  for (const t of ticks) context.fillRect(Math.round(ganttX(t)), AXIS, 1, height);
  context.globalAlpha = 1;
}

function drawAxis(context, ticks, width) {
  context.fillStyle = colours.surface;
  context.fillRect(0, 0, width, AXIS);
  context.fillStyle = colours.line;
  context.fillRect(0, AXIS - 1, width, 1);
  context.fillStyle = colours.muted;
  context.textBaseline = "middle";
  context.textAlign = "center";
  for (const t of ticks) {
    const half = context.measureText(clock(t)).width / 2;
    const x = clamp(ganttX(t), gantt.label + half, width - half - 4);
    context.fillText(clock(t), x, AXIS / 2 - 1);
  }
  context.textAlign = "left";
  context.fillText(plural(robots.length, "robot"), 10, AXIS / 2 - 1);
}

function drawLabel(context, index, y, chosen) {
  context.fillStyle = chosen ? colours["soft-accent"] : colours.surface;
  context.fillRect(0, y, gantt.label, gantt.row - 1);
  context.fillStyle = colours.line;
  context.fillRect(gantt.label - 1, y, 1, gantt.row);
  context.fillStyle = colours.ink;
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.fillText(fitted(context, robotName(index), gantt.label - 18), 10, y + gantt.row / 2);
}

// Text cut to a width.
function fitted(context, text, width) {
  if (context.measureText(text).width <= width) return text;
  let cut = text;
  while (cut && context.measureText(`${cut}…`).width > width) cut = cut.slice(0, -1);
  return `${cut}…`;
}

function drawRow(context, robot, y) {
  const high = gantt.row - 1;
  for (const [from, to, state] of inSight(robot.states, (entry) => entry[0], (entry) => entry[1])) {
    if (state === "idle" || state === "travel" || state === "work") continue;
    const [x, w] = extent(from, to);
    context.globalAlpha = state === "charging" || state === "to_charger" ? 0.9 : 0.75;
    context.fillStyle = state === "charging" ? colours.charging : hatch(context, state);
    if (state === "charging" || state === "to_charger") context.fillRect(x, y + high - 7, w, 5);
    else context.fillRect(x, y, w, high);
    context.globalAlpha = 1;
  }
  for (const bar of inSight(robot.bars, barStart, (entry) => entry[2])) drawBar(context, bar, y, high);
}

function drawBar(context, [index, from, to, kind, outcome], y, high) {
  const [x, w] = extent(from, to);
  const priority = tasks[index]?.priority ?? "normal";
  const inset = kind === "work" ? 4 : Math.round(high * 0.34);
  const tall = high - 2 * inset;
  context.fillStyle = colours[priority];
  context.globalAlpha = kind === "work" ? 1 : 0.55;
  context.fillRect(x, y + inset, w, tall);
  context.globalAlpha = 1;
  if (outcome !== "done") {
    context.fillStyle = colours[outcome === "failed" ? "broken" : "ink"];
    context.fillRect(x + w - 2, y + 2, 2, high - 4);
  }
  if (index === shown.task) {
    context.strokeStyle = colours.ink;
    context.lineWidth = 2;
    context.strokeRect(x, y + inset - 1, Math.max(w, 3), tall + 2);
  }
  if (kind !== "work" || w < 34 || high < 20) return;
  context.fillStyle = priority === "low" || priority === "high" ? "#14181d" : root.dataset.theme === "dark" ? "#14181d" : "#fff";
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.font = `11px ${FONT.slice(5)}`;
  const text = fitted(context, taskName(index), w - 8);
  if (text.length > 3) context.fillText(text, x + 4, y + high / 2 + 0.5);
  context.font = FONT;
}

function extent(from, to) {
  const x = Math.max(ganttX(from), gantt.label - 4);
  return [x, Math.max(Math.min(ganttX(to), gantt.width + 4) - x, 1)];
}

// The entries of a list in order of time that overlap the times in sight.
function inSight(list, from, to) {
  let start = Math.max(lastAt(list, gantt.from, from), 0);
  while (start > 0 && to(list[start - 1]) > gantt.from) start -= 1;
  const seen = [];
  for (let i = start; i < list.length && from(list[i]) <= gantt.to; i += 1) {
    if (to(list[i]) >= gantt.from) seen.push(list[i]);
  }
  return seen;
}

function ganttHit(x, y) {
  if (y < AXIS) return { axis: true };
  const row = Math.floor((y - AXIS + ganttScroll.scrollTop) / gantt.row);
  if (row < 0 || row >= robots.length) return {};
  if (x < gantt.label) return { robot: row };
  const slack = ((gantt.to - gantt.from) / (gantt.width - gantt.label)) * 2;
  const t = ganttT(x);
  const bar = inSight(robots[row].bars, barStart, (entry) => entry[2]).find((entry) => entry[1] - slack <= t && t <= entry[2] + slack);
  return { row, bar, t };
}

function ganttTip(x, y) {
  const hit = ganttHit(x, y);
  ganttCanvas.style.cursor = hit.bar || hit.robot !== undefined || hit.axis ? "pointer" : "";
  if (hit.robot !== undefined) return robotName(hit.robot);
  if (hit.bar) {
    const [index, from, to, kind, outcome] = hit.bar;
    const ended = outcome === "done" ? "" : `, ${outcome}`;
    return `${taskName(index)}\n${kind === "work" ? "Work" : "Travel"} ${clock(from)} to ${clock(to)}${ended}\n${capital(tasks[index].priority)} priority`;
  }
  if (hit.row === undefined) return null;
  const state = stateOf(robots[hit.row], hit.t);
  return `${robotName(hit.row)} at ${clock(hit.t)}\n${STATES[state]}`;
}

function showRow(index) {
  const y = index * gantt.row;
  const seen = ganttScroll.clientHeight - AXIS;
  if (y < ganttScroll.scrollTop) ganttScroll.scrollTop = y;
  else if (y + gantt.row > ganttScroll.scrollTop + seen) ganttScroll.scrollTop = y + gantt.row - seen;
}

function startGantt() {
  for (const name of PRIORITIES) $("gantt-legend").append(legendItem(name, "", `${capital(name)} priority`));
  const more = [
    ["normal", "thin", "On the way"], ["charging", "thin", "Charging"], ["broken", "hatch", "Out of order"],
    ["cut_off", "hatch", "Cut off"], ["accent", "line", "Moment shown"],
  ];
  for (const item of more) $("gantt-legend").append(legendItem(...item));
  ganttCanvas.setAttribute("aria-label", `Gantt chart of ${plural(robots.length, "robot")} and ${plural(tasks.length, "task")} over ${span(duration)}. The table of tasks has the same times.`);
  sizeGantt();
  surface(ganttCanvas, drawGantt);
  new ResizeObserver(sizeGantt).observe(ganttScroll);
  ganttScroll.addEventListener("scroll", changed);
  $("gantt-in").addEventListener("click", () => zoomGantt(2));
  $("gantt-out").addEventListener("click", () => zoomGantt(0.5));
  $("gantt-fit").addEventListener("click", () => showGantt(0, duration));
  const pan = (share) => showGantt(gantt.from + share * (gantt.to - gantt.from), gantt.to + share * (gantt.to - gantt.from));
  let scrubbing = false;
  ganttCanvas.addEventListener("pointerdown", (event) => {
    scrubbing = event.clientY - ganttCanvas.getBoundingClientRect().top < AXIS;
  });
  gestures(ganttCanvas, {
    drag(dx, dy, x) {
      if (scrubbing) seek(ganttT(x));
      else pan(-dx / (gantt.width - gantt.label));
    },
    zoom: (factor, x) => zoomGantt(factor, x),
    hover: ganttTip,
    click(x, y) {
      const hit = ganttHit(x, y);
      if (hit.bar) selectTask(hit.bar[0]);
      else if (hit.robot !== undefined) selectRobot(hit.robot);
      else if (x > gantt.label) seek(ganttT(x));
    },
  });
  ganttCanvas.addEventListener("keydown", (event) => {
    const actions = {
      ArrowLeft: () => pan(-0.15), ArrowRight: () => pan(0.15), "+": () => zoomGantt(1.5), "=": () => zoomGantt(1.5), "-": () => zoomGantt(1 / 1.5),
    };
    if (!actions[event.key]) return;
    actions[event.key]();
    event.preventDefault();
    event.stopPropagation();
  });
}
