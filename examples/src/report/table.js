// The table of tasks: filtered, sorted, a page at a time.

const PAGE = 20;
const listed = { sort: "late", down: true, page: 0, rows: [] };
const byText = (a, b) => a.localeCompare(b, undefined, { numeric: true });
const robotOf = (task) => (task.robot === null ? "" : robotName(task.robot));
const timeCell = (t) => (t === null ? "–" : clock(t));

const COLUMNS = [
  { id: "name", title: "Task", kind: "name", value: (_, i) => taskName(i), cell: (_, i) => taskLink(i) },
  { id: "priority", title: "Priority", kind: "slim", value: (task) => -PRIORITIES.indexOf(task.priority), cell: (task) => mark(task.priority, "diamond", capital(task.priority)) },
  { id: "outcome", title: "Outcome", value: (task) => OUTCOMES[task.outcome], cell: (task) => mark(outcomeColour[task.outcome], task.outcome === "failed" ? "cross" : "round", OUTCOMES[task.outcome]) },
  { id: "robot", title: "Robot", kind: "minor", value: robotOf, cell: robotOf },
  { id: "submitted", title: "Submitted", kind: "number minor", value: (task) => task.submitted, cell: (task) => timeCell(task.submitted) },
  { id: "finished", title: "Ended", kind: "number minor", value: (task) => task.finished, cell: (task) => timeCell(task.finished) },
  { id: "due", title: "Due", kind: "number minor", value: (task) => task.due, cell: (task) => timeCell(task.due) },
  { id: "late", title: "Late by", kind: "number", value: (task) => task.lateness, cell: (task) => (task.lateness > 0 ? el("span", { class: "late" }, span(task.lateness)) : "–") },
  { id: "awards", title: "Awards", kind: "number minor", value: (task) => task.auctions.length, cell: (task) => String(task.auctions.length) },
];

const mark = (colour, shape, text) => el("span", { class: "mark" }, swatch(colour, shape), el("span", {}, text));

function filterTasks() {
  const wanted = $("find").value.trim().toLowerCase();
  const [priority, outcome] = [$("by-priority").value, $("by-outcome").value];
  const column = COLUMNS.find(({ id }) => id === listed.sort);
  const fits = (task, i) => {
    if ((priority && task.priority !== priority) || (outcome && task.outcome !== outcome)) return false;
    const texts = [taskName(i), task.id, robotOf(task), task.reason ?? ""];
    return texts.some((text) => text.toLowerCase().includes(wanted));
  };
  listed.rows = tasks.map((task, i) => i).filter((i) => fits(tasks[i], i));
  const values = new Map(listed.rows.map((i) => [i, column.value(tasks[i], i)]));
  const sign = listed.down ? -1 : 1;
  listed.rows.sort((a, b) => {
    const [left, right] = [values.get(a), values.get(b)];
    if (left === null || right === null) return (left === null) - (right === null) || a - b;
    return sign * (typeof left === "string" ? byText(left, right) : left - right) || a - b;
  });
  listed.page = 0;
  drawTable();
}

function drawTable() {
  const pages = Math.max(Math.ceil(listed.rows.length / PAGE), 1);
  listed.page = clamp(listed.page, 0, pages - 1);
  const rows = listed.rows.slice(listed.page * PAGE, (listed.page + 1) * PAGE);
  $("table").tBodies[0].replaceChildren(...rows.map((i) => {
    const cells = COLUMNS.map(({ kind, cell }) => el("td", { class: kind }, cell(tasks[i], i)));
    return el("tr", { "data-task": i, "aria-selected": String(i === shown.task) }, cells);
  }));
  if (rows.length === 0) $("table").tBodies[0].append(el("tr", {}, el("td", { colspan: COLUMNS.length, class: "hint" }, tasks.length ? "No task fits." : "There were no tasks.")));
  $("table-count").textContent = listed.rows.length === tasks.length ? plural(tasks.length, "task") : `${listed.rows.length} of ${plural(tasks.length, "task")}`;
  $("page-text").textContent = `Page ${listed.page + 1} of ${pages}`;
  $("page-back").disabled = listed.page === 0;
  $("page-next").disabled = listed.page >= pages - 1;
  $("page-back").parentElement.hidden = pages === 1;
}

function markRows() {
  for (const row of $("table").tBodies[0].rows) row.setAttribute("aria-selected", String(Number(row.dataset.task) === shown.task));
}

function drawHeads() {
  const heads = COLUMNS.map(({ id, title, kind }) => {
    const sorted = id === listed.sort;
    const arrow = el("span", { class: "arrow", "aria-hidden": "true" }, sorted ? (listed.down ? "↓" : "↑") : "");
    const sort = () => {
      Object.assign(listed, { sort: id, down: sorted ? !listed.down : kind?.includes("number") || id === "priority" });
      drawHeads();
      filterTasks();
      $("table").querySelector(`th[data-column="${id}"] button`).focus();
    };
    return el("th", { scope: "col", class: kind, "data-column": id, "aria-sort": sorted ? (listed.down ? "descending" : "ascending") : null }, el("button", { type: "button", click: sort }, title, arrow));
  });
  $("table").tHead.replaceChildren(el("tr", {}, heads));
}

function startTable() {
  for (const name of PRIORITIES) $("by-priority").append(el("option", { value: name }, capital(name)));
  for (const [name, text] of Object.entries(OUTCOMES)) $("by-outcome").append(el("option", { value: name }, text));
  for (const id of ["find", "by-priority", "by-outcome"]) $(id).addEventListener("input", filterTasks);
  const turn = (by) => () => {
    listed.page += by;
    drawTable();
  };
  $("page-back").addEventListener("click", turn(-1));
  $("page-next").addEventListener("click", turn(1));
  $("table").tBodies[0].addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-task]");
    if (row && !event.target.closest("button")) selectTask(Number(row.dataset.task));
  });
  drawHeads();
  filterTasks();
}
