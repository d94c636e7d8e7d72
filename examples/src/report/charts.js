// Stacked areas over time.

const CHART = { left: 46, right: 10, top: 12, bottom: 24 };

// Draws `series` ({ name, values, colour }) on top of each other. `steps`: a value holds until the next time.
function areaChart(canvas, legend, { t, series, line, steps, what }) {
  if (t.length === 0 || series.length === 0) {
    canvas.replaceWith(el("p", { class: "hint" }, "Nothing was recorded."));
    return;
  }
  const totals = t.map((_, i) => series.reduce((sum, one) => sum + (one.values[i] ?? 0), 0));
  const step = niceStep(Math.max(...totals.slice(0, 1), totals.reduce((a, b) => Math.max(a, b), 1)), 4);
  const top = Math.ceil(Math.max(totals.reduce((a, b) => Math.max(a, b), 1), step) / step) * step;
  const frame = { width: 0, height: 0 };
  const x = (time) => CHART.left + (time / duration) * (frame.width - CHART.left - CHART.right);
  const y = (value) => frame.height - CHART.bottom - (value / top) * (frame.height - CHART.top - CHART.bottom);
  const time = (px) => ((px - CHART.left) / (frame.width - CHART.left - CHART.right)) * duration;
  const at = (moment) => clamp(lastAt(t, moment, (entry) => entry), 0, t.length - 1);

  function edge(context, values) {
    values.forEach((value, i) => {
      context.lineTo(x(t[i]), y(value));
      if (steps) context.lineTo(x(t[i + 1] ?? duration), y(value));
    });
  }

  surface(canvas, (context, width, height) => {
    Object.assign(frame, { width, height });
    context.textBaseline = "middle";
    context.textAlign = "right";
    for (let value = 0; value <= top + step / 2; value += step) {
      context.fillStyle = colours.line;
      context.fillRect(CHART.left, Math.round(y(value)), width - CHART.left - CHART.right, 1);
      context.fillStyle = colours.muted;
      context.fillText(short(value), CHART.left - 8, y(value));
    }
    let base = t.map(() => 0);
    for (const one of series) {
      const upper = base.map((value, i) => value + (one.values[i] ?? 0));
      context.beginPath();
      edge(context, upper);
      const back = [...t.keys()].reverse();
      for (const i of back) {
        if (steps) context.lineTo(x(t[i + 1] ?? duration), y(base[i]));
        context.lineTo(x(t[i]), y(base[i]));
      }
      context.fillStyle = colours[one.colour];
      context.globalAlpha = 0.85;
      context.fill();
      context.globalAlpha = 1;
      base = upper;
    }
    if (line) {
      context.beginPath();
      edge(context, line.values);
      context.strokeStyle = colours[line.colour];
      context.lineWidth = 1.5;
      context.stroke();
    }
    context.fillStyle = colours.muted;
    context.textAlign = "center";
    for (const tick of timeTicks(0, duration, Math.max((width - CHART.left) / 90, 2))) {
      const half = context.measureText(clock(tick)).width / 2;
      context.fillText(clock(tick), clamp(x(tick), half, width - half), height - CHART.bottom / 2 + 1);
    }
    timeMarks(context, x, CHART.top - 6, height - CHART.bottom, 0, duration);
  });

  const shapes = [...(line ? [{ ...line, shape: "line" }] : []), ...[...series].reverse()];
  for (const one of shapes) legend.append(legendItem(one.colour, one.shape ?? "", one.name));
  const values = (i) => shapes.map((one) => `${one.name}: ${count(one.values[i] ?? 0)}`).join("\n");
  gestures(canvas, {
    hover: (px) => `${clock(t[at(time(px))])}\n${values(at(time(px)))}`,
    click: (px) => seek(time(px)),
    drag: (dx, dy, px) => seek(time(px)),
  });
  canvas.setAttribute("aria-label", `${what}. ${values(t.length - 1).replaceAll("\n", ", ")} at ${clock(t[t.length - 1])}; most at once ${count(totals.reduce((a, b) => Math.max(a, b), 0))}.`);
}

function short(value) {
  if (value >= 1e6) return `${count(value / 1e6)}M`;
  return value >= 1e4 ? `${count(value / 1e3)}k` : count(value);
}

function startCharts() {
  const { t, open, running, done, failed } = data.task_series;
  areaChart($("task-chart"), $("task-legend"), {
    t, steps: true, what: "Tasks over time",
    series: [
      { name: "Done", values: done, colour: "work" }, { name: "Failed or cancelled", values: failed, colour: "broken" },
      { name: "Running", values: running, colour: "travel" }, { name: "Open", values: open, colour: "idle" },
    ],
  });
  const messages = data.message_series;
  const lost = messages.lost.some((value) => value > 0);
  areaChart($("message-chart"), $("message-legend"), {
    t: messages.t, steps: true, what: "Messages over time",
    series: messages.kinds.map((kind, i) => ({ name: kind.name, values: kind.count, colour: `c${Math.min(i, 7)}` })),
    line: lost ? { name: "Lost", values: messages.lost, colour: "ink" } : null,
  });
}
