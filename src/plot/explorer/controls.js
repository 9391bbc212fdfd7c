// What stands beside the map: the key of the colours, the search, the selection.

function sign(parent, own) {
  const tile = make(parent, "canvas"), ratio = window.devicePixelRatio || 1;
  tile.width = tile.height = 14 * ratio;
  const context = tile.getContext("2d");
  trace(context, own.marker, 7 * ratio, 7 * ratio, 4.6 * ratio);
  context.fillStyle = seen(own.color);
  context.fill();
}

function showKey() {
  const key = $("key"), c = column();
  key.replaceChildren();
  if (!c) return;
  if (!c.classes) {
    const bar = make(key, "div", "ramp");
    bar.style.background = `linear-gradient(to right, ${scene.ramp.join(",")})`;
    const ends = make(key, "div", "ends");
    if (c.low <= c.high) for (const v of [c.low, (c.low + c.high) / 2, c.high]) make(ends, "span", "", digits(v));
    if (c.unit) make(key, "div", "note", c.unit);
    if (c.missing) make(key, "div", "note", `${c.missing} without a value, grey`);
    return;
  }
  const toggle = (code, name, number, own) => {
    const row = make(key, "button", "class");
    row.setAttribute("aria-pressed", String(!c.hidden.has(code)));
    row.title = "click: hide or show; double click: this one alone";
    sign(row, own);
    make(row, "span", "", name);
    make(row, "em", "", String(number));
    row.onclick = event => {
      const all = [...c.classes.keys(), NONE];
      // The first click of a double click has hidden the class: it was alone if now none is left.
      if (event.detail === 2) c.hidden = new Set(c.hidden.size === all.length ? [] : all.filter(other => other !== code));
      else if (!c.hidden.delete(code)) c.hidden.add(code);
      shownChanged();
    };
  };
  c.classes.forEach((name, code) => toggle(code, name, c.counts[code], lookOf(c.looks[code])));
  if (c.missing) toggle(NONE, "without", c.missing, MISSING);
  shownChanged();
}

// A double click arrives as two clicks on the same row, so rows are kept: only their states change.
function shownChanged() {
  const c = column(), rows = [...$("key").querySelectorAll(".class")];
  rows.forEach((row, i) => row.setAttribute("aria-pressed", String(!c.hidden.has(i < c.classes.length ? i : NONE))));
  const all = $("key").querySelector(".all");
  if (all && !c.hidden.size) all.remove();
  if (!all && c.hidden.size) {
    make($("key"), "button", "all", "show all").onclick = () => { c.hidden.clear(); shownChanged(); };
  }
  if (state.hover >= 0 && !shown(state.hover)) hover(-1);
  redraw();
}

function colorBy(index) {
  view.column = index;
  findLooks();
  $("color").value = String(index);
  showKey();
  refreshCards();
  redraw();
}

// --- Search ------------------------------------------------------------------------------------------------------------

// A list of ids as buttons, as many as one reads.
function list(place, cells, most, act) {
  place.replaceChildren();
  for (const cell of cells.slice(0, most)) {
    const button = make(make(place, "li"), "button", "", ids[cell]);
    button.onmouseenter = button.onfocus = () => { state.hover = cell; redraw(); };
    button.onmouseleave = button.onblur = () => { state.hover = -1; redraw(); };
    button.onclick = () => act(cell);
  }
  if (cells.length > most) make(place, "li", "note", `and ${cells.length - most} more`);
}

const lower = ids.map(id => id.toLowerCase());
function search(text) {
  const wanted = text.trim().toLowerCase(), cells = [];
  if (wanted) for (let cell = 0; cell < count; cell++) if (lower[cell].includes(wanted)) cells.push(cell);
  state.found = new Set(cells.slice(0, 2000));
  list($("found"), cells, 30, cell => { centre(cell); pin(cell); });
  if (wanted && !cells.length) make($("found"), "li", "note", "no such id");
  document.body.dataset.found = cells.length;
  redraw();
  return cells;
}

function centre(cell) {
  [view.x, view.y] = [place[2 * cell], place[2 * cell + 1]];
  view.zoom = Math.max(view.zoom, 2);
  redraw();
}

// --- Selection -----------------------------------------------------------------------------------------------------------

function select(cells) {
  state.selected = new Set(cells);
  const chosen = [...state.selected];
  $("selection").hidden = chosen.length === 0;
  $("selected").textContent = chosen.length === 1 ? "1 cell selected" : `${chosen.length} cells selected`;
  list($("chosen"), chosen, 500, pin);
  document.body.dataset.selected = chosen.length;
  $("say").textContent = chosen.length ? $("selected").textContent : "";
  redraw();
}

// The shown cells inside an outline on the screen (crossing number of a ray to the right).
function inside(outline) {
  const s = scale(), cells = [];
  for (let cell = 0; cell < count; cell++) {
    if (!shown(cell)) continue;
    const x = screenX(cell, s), y = screenY(cell, s);
    let within = false;
    for (let i = 0, j = outline.length - 1; i < outline.length; j = i++) {
      const [ax, ay] = outline[i], [bx, by] = outline[j];
      if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) within = !within;
    }
    if (within) cells.push(cell);
  }
  return cells;
}

function download(name, blob) {
  const link = document.createElement("a");
  link.download = name;
  link.href = URL.createObjectURL(blob);
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

async function copy() {
  const text = csv(state.selected);
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Where a page from a file may not reach the clipboard by itself, the browser's own copying does.
    const area = make(document.body, "textarea", "unseen");
    area.value = text;
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  $("say").textContent = `copied ${state.selected.size} cells`;
}
