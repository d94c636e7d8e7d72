// What all drawings share: sharp canvases, colours of the theme, patterns, gestures, ticks and the tooltip.

const colours = {};
const COLOUR_NAMES = [
  "bg", "surface", "sunk", "line", "strong-line", "ink", "muted", "accent", "soft-accent", "wall", "floor",
  ...Object.keys(STATES), ...PRIORITIES, ...Array.from({ length: 8 }, (_, i) => `c${i}`),
];

function readColours() {
  const style = getComputedStyle(root);
  for (const name of COLOUR_NAMES) colours[name] = style.getPropertyValue(`--${name}`).trim();
  patterns.clear();
}

const patterns = new Map();
function hatch(context, name) {
  if (!patterns.has(name)) {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 8;
    const pen = tile.getContext("2d");
    pen.strokeStyle = colours[name];
    pen.lineWidth = 2;
    for (const shift of [-8, 0, 8]) {
      pen.moveTo(shift - 1, 9);
      pen.lineTo(shift + 9, -1);
    }
    pen.stroke();
    patterns.set(name, context.createPattern(tile, "repeat"));
  }
  return patterns.get(name);
}

const FONT = "12px system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";

// Calls `draw(context, width, height)` in CSS pixels, again whenever the moment, the size or the theme changes.
function surface(canvas, draw) {
  const context = canvas.getContext("2d");
  const painter = () => {
    const width = canvas.clientWidth;
    const height = canvas.clientHeight;
    if (width === 0 || height === 0) return;
    const ratio = window.devicePixelRatio || 1;
    const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== wide || canvas.height !== high) [canvas.width, canvas.height] = [wide, high];
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    context.font = FONT;
    context.globalAlpha = 1;
    draw(context, width, height);
  };
  painters.push(painter);
  new ResizeObserver(changed).observe(canvas);
}

// Drag, click, hover, pinch and Ctrl + wheel on a canvas. Handlers get places in CSS pixels of the canvas.
function gestures(canvas, { drag, zoom, click, hover }) {
  const down = new Map();
  let moved = 0;
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const spread = () => {
    const [a, b] = [...down.values()];
    return { gap: Math.hypot(a[0] - b[0], a[1] - b[1]), x: (a[0] + b[0]) / 2, y: (a[1] + b[1]) / 2 };
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    if (down.size === 0) moved = 0;
    down.set(event.pointerId, place(event));
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    const at = place(event);
    const last = down.get(event.pointerId);
    if (!last) return showTip(hover?.(...at), event);
    const before = down.size === 2 ? spread() : null;
    down.set(event.pointerId, at);
    moved += Math.hypot(at[0] - last[0], at[1] - last[1]);
    if (before) {
      const after = spread();
      if (before.gap > 0) zoom?.(after.gap / before.gap, after.x, after.y);
    } else if (moved > 4) {
      drag?.(at[0] - last[0], at[1] - last[1], ...at);
      showTip(null);
    }
  });
  const release = (event) => {
    if (!down.delete(event.pointerId)) return;
    if (event.type === "pointerup" && moved <= 4) click?.(...place(event));
  };
  canvas.addEventListener("pointerup", release);
  canvas.addEventListener("pointercancel", release);
  canvas.addEventListener("pointerleave", () => showTip(null));
  canvas.addEventListener("wheel", (event) => {
    const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey;
    if (event.ctrlKey || event.metaKey) zoom?.(Math.exp(-event.deltaY / 300), ...place(event));
    else if (sideways && drag) drag(-(event.deltaX || event.deltaY), 0, ...place(event));
    else return;
    event.preventDefault();
  }, { passive: false });
}

function showTip(text, event) {
  const tip = $("tip");
  tip.hidden = !text;
  if (!text) return;
  tip.textContent = text;
  const left = Math.min(event.clientX + 14, root.clientWidth - tip.offsetWidth - 8);
  const above = event.clientY + 18 + tip.offsetHeight > window.innerHeight;
  tip.style.transform = `translate(${Math.max(left, 8)}px, ${above ? event.clientY - tip.offsetHeight - 12 : event.clientY + 18}px)`;
}

const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400];
// Round times between two others, at most `most` of them.
function timeTicks(from, to, most) {
  const step = STEPS.find((size) => (to - from) / size <= most) ?? 86400 * Math.ceil((to - from) / 86400 / most);
  const ticks = [];
  for (let i = Math.ceil(from / step); i * step <= to; i += 1) ticks.push(i * step);
  return ticks;
}

// The smallest of 1, 2, 5 times a power of ten that divides `top` into at most `most` parts.
function niceStep(top, most) {
  const raw = top / most;
  const power = 10 ** Math.floor(Math.log10(raw));
  return [1, 2, 5, 10].map((part) => part * power).find((step) => step >= raw);
}

const EVENT_COLOUR = { fault: "broken", recovery: "work", note: "strong-line" };

// Marks of the fleet's events and the line of the moment shown, over a drawing with time across.
function timeMarks(context, x, top, bottom, from, to) {
  for (const event of data.events) {
    if (event.t < from || event.t > to || event.kind === "note") continue;
    context.fillStyle = colours[EVENT_COLOUR[event.kind]];
    context.globalAlpha = 0.45;
    context.fillRect(Math.round(x(event.t)), top, 1, bottom - top);
    context.globalAlpha = 1;
    context.beginPath();
    context.moveTo(x(event.t) - 4, top);
    context.lineTo(x(event.t) + 4.5, top);
    context.lineTo(x(event.t), top + 6);
    context.fill();
  }
  if (shown.t < from || shown.t > to) return;
  context.fillStyle = colours.accent;
  context.fillRect(x(shown.t) - 0.75, top, 1.5, bottom - top);
}

function legendItem(colour, shape, text, value) {
  const item = el("li", {}, swatch(colour, shape), text);
  if (value !== undefined) item.append(" ", value);
  return item;
}
