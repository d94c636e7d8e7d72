// The map: where the robots and the open tasks are at the moment shown.

const SYMBOLS = { broken: "cross", cut_off: "ring" };
const mapCanvas = $("map");
const mapView = { follow: false, zoom: 1, x: 0, y: 0, scale: 1, width: 0, height: 0 };
const area = mapArea();
const counters = {};

function mapArea() {
  if (data.map) return { left: 0, bottom: 0, right: data.map.columns * data.map.cell, top: data.map.rows.length * data.map.cell };
  const box = data.bounds;
  let [left, bottom, right, top] = [box.min_x, box.min_y, box.max_x, box.max_y];
  if (!(right > left && top > bottom)) {
    [left, bottom, right, top] = [Infinity, Infinity, -Infinity, -Infinity];
    const hold = (x, y) => {
      [left, right, bottom, top] = [Math.min(left, x), Math.max(right, x), Math.min(bottom, y), Math.max(top, y)];
    };
    for (const robot of robots) for (const [, x, y] of robot.keyframes) hold(x, y);
    for (const task of tasks) for (const [x, y] of task.stops) hold(x, y);
    if (left > right) [left, bottom, right, top] = [0, 0, 1, 1];
  }
  const margin = Math.max(right - left, top - bottom, 1) * 0.04;
  return { left: left - margin, bottom: bottom - margin, right: right + margin, top: top + margin };
}

// The obstacles, one pixel a cell; drawn anew only when the theme changes.
let walls = null;
function wallPicture() {
  if (walls && walls.colour === colours.wall) return walls;
  const { columns, rows } = data.map;
  walls = document.createElement("canvas");
  walls.colour = colours.wall;
  [walls.width, walls.height] = [Math.max(columns, 1), Math.max(rows.length, 1)];
  const pen = walls.getContext("2d");
  pen.fillStyle = colours.wall;
  rows.forEach((row, y) => {
    for (let x = 0; x < row.length; x += 1) {
      if (row[x] === ".") continue;
      const from = x;
      while (x + 1 < row.length && row[x + 1] !== ".") x += 1;
      pen.fillRect(from, y, x - from + 1, 1);
    }
  });
  return walls;
}

const toX = (x) => (x - mapView.x) * mapView.scale + mapView.width / 2;
const toY = (y) => (mapView.y - y) * mapView.scale + mapView.height / 2;

function fitMap() {
  Object.assign(mapView, { zoom: 1, x: (area.left + area.right) / 2, y: (area.bottom + area.top) / 2 });
  changed();
}

function sizeMap() {
  const wide = mapCanvas.parentElement.clientWidth;
  const shape = (area.top - area.bottom) / (area.right - area.left);
  mapCanvas.style.height = `${Math.round(clamp(wide * shape, 150, Math.max(340, window.innerHeight * 0.68)))}px`;
}

function zoomMap(factor, px = mapView.width / 2, py = mapView.height / 2) {
  const before = mapView.scale;
  const zoom = clamp(mapView.zoom * factor, 1, 60);
  const scale = (before / mapView.zoom) * zoom;
  mapView.x += (px - mapView.width / 2) * (1 / before - 1 / scale);
  mapView.y -= (py - mapView.height / 2) * (1 / before - 1 / scale);
  Object.assign(mapView, { zoom, scale });
  keepInside();
  changed();
}

function keepInside() {
  mapView.x = clamp(mapView.x, area.left, area.right);
  mapView.y = clamp(mapView.y, area.bottom, area.top);
}

function drawMap(context, width, height) {
  Object.assign(mapView, { width, height });
  mapView.scale = Math.min(width / (area.right - area.left), height / (area.top - area.bottom)) * mapView.zoom;
  if (mapView.follow && shown.robot !== null && mapView.zoom > 1) {
    const place = placeOf(robots[shown.robot], shown.t);
    if (place) [mapView.x, mapView.y] = place;
  }
  drawGround(context);
  const open = drawTasks(context);
  drawPlan(context);
  if ($("trails").checked) drawTrails(context);
  const states = drawRobots(context);
  drawScale(context, width, height);
  for (const [name, value] of Object.entries({ ...states, ...open })) {
    const text = String(value);
    if (counters[name].textContent !== text) counters[name].textContent = text;
  }
  describeMap(states, open);
}

function drawGround(context) {
  if (data.map) {
    context.imageSmoothingEnabled = mapView.scale * data.map.cell < 1;
    const [w, h] = [(area.right - area.left) * mapView.scale, (area.top - area.bottom) * mapView.scale];
    context.drawImage(wallPicture(), toX(area.left), toY(area.top), w, h);
  }
  context.strokeStyle = colours.line;
  context.strokeRect(toX(area.left) + 0.5, toY(area.top) + 0.5, (area.right - area.left) * mapView.scale - 1, (area.top - area.bottom) * mapView.scale - 1);
  for (const [x, y] of data.chargers) {
    const size = 11;
    context.fillStyle = colours.surface;
    context.strokeStyle = colours.to_charger;
    context.lineWidth = 1.5;
    context.beginPath();
    context.roundRect(toX(x) - size / 2, toY(y) - size / 2, size, size, 3);
    context.fill();
    context.stroke();
    context.beginPath();
    context.moveTo(toX(x) + 1.5, toY(y) - 4);
    context.lineTo(toX(x) - 2, toY(y) + 0.8);
    context.lineTo(toX(x) + 2, toY(y) - 0.8);
    context.lineTo(toX(x) - 1.5, toY(y) + 4);
    context.stroke();
  }
}

function diamond(context, x, y, size) {
  context.beginPath();
  context.moveTo(x, y - size);
  context.lineTo(x + size, y);
  context.lineTo(x, y + size);
  context.lineTo(x - size, y);
  context.closePath();
}

function drawTasks(context) {
  const open = Object.fromEntries(PRIORITIES.map((name) => [name, 0]));
  const size = tasks.length > 1000 || mapView.width < 500 ? 3.5 : 5;
  tasks.forEach((task, index) => {
    const status = statusOf(index, shown.t);
    if ((status !== "open" && status !== "running") || task.stops.length === 0) return;
    const [x, y] = task.stops[0];
    diamond(context, toX(x), toY(y), task.priority === "critical" ? size + 1.5 : size);
    context.lineWidth = status === "open" ? 1 : 1.5;
    context.fillStyle = status === "open" ? colours[task.priority] : colours.floor;
    context.strokeStyle = status === "open" ? colours.surface : colours[task.priority];
    context.fill();
    context.stroke();
    if (status === "open") open[task.priority] += 1;
  });
  return open;
}

// The stops of the selected task, or what the selected robot still goes to.
function drawPlan(context) {
  const route = [];
  if (shown.robot !== null) {
    const robot = robots[shown.robot];
    const coming = robot.bars.filter((bar) => bar[2] > shown.t).map((bar) => bar[0]);
    const place = placeOf(robot, shown.t);
    if (place) route.push(place);
    for (const index of [...new Set(coming)].slice(0, 5)) route.push(...tasks[index].stops);
  } else if (shown.task !== null) route.push(...tasks[shown.task].stops);
  const start = shown.robot === null ? 0 : 1;
  context.strokeStyle = colours.accent;
  context.lineWidth = 1.5;
  context.setLineDash([5, 4]);
  context.beginPath();
  route.forEach(([x, y], i) => (i ? context.lineTo(toX(x), toY(y)) : context.moveTo(toX(x), toY(y))));
  context.stroke();
  context.setLineDash([]);
  context.textAlign = "center";
  context.textBaseline = "middle";
  route.slice(start).forEach(([x, y], i) => {
    context.fillStyle = colours.accent;
    context.beginPath();
    context.arc(toX(x), toY(y), 8, 0, 7);
    context.fill();
    context.fillStyle = colours.surface;
    context.font = `600 11px ${FONT.slice(5)}`;
    context.fillText(i + 1, toX(x), toY(y) + 0.5);
  });
  context.font = FONT;
}

function drawTrails(context) {
  const back = Math.max(duration / 20, 30);
  context.lineWidth = 1.5;
  context.globalAlpha = 0.4;
  for (const robot of robots) {
    const place = placeOf(robot, shown.t);
    if (!place) continue;
    context.strokeStyle = colours[stateOf(robot, shown.t)];
    context.beginPath();
    context.moveTo(toX(place[0]), toY(place[1]));
    for (let at = lastAt(robot.keyframes, shown.t, first); at >= 0 && robot.keyframes[at][0] > shown.t - back; at -= 1) {
      context.lineTo(toX(robot.keyframes[at][1]), toY(robot.keyframes[at][2]));
    }
    context.stroke();
  }
  context.globalAlpha = 1;
}

function robotRadius() {
  const usual = robots.length > 500 ? 2.5 : robots.length > 120 ? 4 : 6;
  const small = Math.min(usual, Math.max(mapView.width / 100, 2.5));
  return clamp(small * Math.sqrt(mapView.zoom), small, 9);
}

function drawRobots(context) {
  const states = Object.fromEntries(Object.keys(STATES).map((name) => [name, 0]));
  const radius = robotRadius();
  const chosen = chosenRobot();
  const named = $("names").checked;
  const labels = [];
  robots.forEach((robot, index) => {
    const state = stateOf(robot, shown.t);
    states[state] += 1;
    const place = placeOf(robot, shown.t);
    if (!place) return;
    const [x, y] = [toX(place[0]), toY(place[1])];
    drawRobot(context, state, x, y, radius, index === chosen);
    if (index === chosen || named) labels.push([robotName(index), x + radius + 8, y]);
  });
  drawNames(context, labels);
  return states;
}

// The robot that is selected, or that has the selected task at this moment.
function chosenRobot() {
  if (shown.robot !== null || shown.task === null) return shown.robot;
  return barsOf[shown.task].find((bar) => bar.from <= shown.t && shown.t < bar.to)?.robot ?? tasks[shown.task].robot;
}

function drawRobot(context, state, x, y, radius, chosen) {
  context.beginPath();
  context.arc(x, y, radius, 0, 7);
  const hollow = state === "cut_off" || state === "broken";
  context.fillStyle = hollow ? colours.floor : colours[state];
  context.strokeStyle = hollow ? colours[state] : colours.surface;
  context.lineWidth = radius < 4 ? 0.8 : hollow ? 2 : 1.5;
  context.fill();
  context.stroke();
  if (state === "broken") {
    const arm = radius + 2;
    context.lineWidth = radius < 4 ? 1.5 : 2.5;
    context.beginPath();
    context.moveTo(x - arm, y - arm);
    context.lineTo(x + arm, y + arm);
    context.moveTo(x + arm, y - arm);
    context.lineTo(x - arm, y + arm);
    context.stroke();
  }
  if (chosen) {
    context.strokeStyle = colours.accent;
    context.lineWidth = 2;
    context.beginPath();
    context.arc(x, y, radius + 5, 0, 7);
    context.stroke();
  }
}

// Names go on top of all robots.
function drawNames(context, labels) {
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.strokeStyle = colours.floor;
  context.lineWidth = 3;
  context.lineJoin = "round";
  context.fillStyle = colours.ink;
  for (const [text, x, y] of labels) {
    context.strokeText(text, x, y);
    context.fillText(text, x, y);
  }
}

function drawScale(context, width, height) {
  const length = niceStep((width / mapView.scale) * 0.24, 1) / 2;
  const pixels = length * mapView.scale;
  const text = `${count(length)} m`;
  context.textAlign = "left";
  context.textBaseline = "alphabetic";
  context.fillStyle = colours.floor;
  context.globalAlpha = 0.85;
  context.fillRect(8, height - 30, Math.max(pixels, context.measureText(text).width) + 12, 24);
  context.globalAlpha = 1;
  context.fillStyle = colours.muted;
  context.fillRect(14, height - 11, pixels, 1.5);
  context.fillText(text, 14, height - 15);
}

let described = -1;
function describeMap(states, open) {
  if (shown.playing || described === shown.t) return;
  described = shown.t;
  const parts = Object.keys(STATES).filter((name) => states[name]).map((name) => `${states[name]} ${STATES[name].toLowerCase()}`);
  const waiting = PRIORITIES.reduce((sum, name) => sum + open[name], 0);
  mapCanvas.setAttribute("aria-label", `Map at ${clock(shown.t)}. Robots: ${parts.join(", ") || "none"}. ${plural(waiting, "open task")}.`);
}

// What is at a place of the canvas: a robot before a task.
function mapHit(px, py) {
  let best = { gap: 14 };
  const near = (kind, index, [x, y], bonus) => {
    const gap = Math.hypot(toX(x) - px, toY(y) - py) - bonus;
    if (gap < best.gap) best = { kind, index, gap };
  };
  robots.forEach((robot, index) => {
    const place = placeOf(robot, shown.t);
    if (place) near("robot", index, place, 3);
  });
  tasks.forEach((task, index) => {
    if (task.stops.length && ["open", "running"].includes(statusOf(index, shown.t))) near("task", index, task.stops[0], 0);
  });
  return best.kind ? best : null;
}

function mapTip(px, py) {
  const hit = mapHit(px, py);
  mapCanvas.style.cursor = hit ? "pointer" : "";
  if (!hit) return null;
  if (hit.kind === "task") return `${taskName(hit.index)}\n${capital(tasks[hit.index].priority)} priority, ${statusOf(hit.index, shown.t)}`;
  const bar = barOf(robots[hit.index], shown.t);
  return `${robotName(hit.index)}\n${STATES[stateOf(robots[hit.index], shown.t)]}${bar ? `: ${taskName(bar[0])}` : ""}`;
}

function startMap() {
  for (const [name, text] of Object.entries(STATES)) {
    counters[name] = el("b", {}, "0");
    $("state-legend").append(legendItem(name, SYMBOLS[name] ?? "round", text, counters[name]));
  }
  for (const name of PRIORITIES) {
    counters[name] = el("b", {}, "0");
    $("priority-legend").append(legendItem(name, "diamond", `${capital(name)} task open`, counters[name]));
  }
  $("priority-legend").append(legendItem("normal", "diamond hollow", "Task under way"));
  if (data.chargers.length) $("priority-legend").append(legendItem("to_charger", "box", "Charger"));
  sizeMap();
  fitMap();
  surface(mapCanvas, drawMap);
  window.addEventListener("resize", sizeMap);
  for (const id of ["trails", "names"]) $(id).addEventListener("change", changed);
  $("names").checked = robots.length <= 12;
  $("map-in").addEventListener("click", () => zoomMap(1.5));
  $("map-out").addEventListener("click", () => zoomMap(1 / 1.5));
  $("map-fit").addEventListener("click", fitMap);
  gestures(mapCanvas, {
    drag(dx, dy) {
      mapView.follow = false;
      mapView.x -= dx / mapView.scale;
      mapView.y += dy / mapView.scale;
      keepInside();
      changed();
    },
    zoom: zoomMap,
    hover: mapTip,
    click(px, py) {
      const hit = mapHit(px, py);
      if (!hit) clearSelection();
      else if (hit.kind === "robot") selectRobot(hit.index);
      else selectTask(hit.index);
    },
  });
  mapCanvas.addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const move = moves[event.key];
    if (move && mapView.zoom > 1) {
      mapView.x += (move[0] * 40) / mapView.scale;
      mapView.y += (move[1] * 40) / mapView.scale;
      keepInside();
      changed();
    } else if (event.key === "+" || event.key === "=") zoomMap(1.5);
    else if (event.key === "-") zoomMap(1 / 1.5);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
}
