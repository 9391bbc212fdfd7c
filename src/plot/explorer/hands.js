// Mouse, fingers and keys; the start.

const MODES = ["move", "box", "lasso"];
let mode = "move";
function setMode(name) {
  mode = name;
  for (const each of MODES) $(each).setAttribute("aria-pressed", String(each === name));
  canvas.classList.toggle("choosing", name !== "move");
}

// Zooms about a place of the screen, which stays where it is.
function zoom(factor, x = half.x, y = half.y) {
  const before = scale();
  view.zoom = Math.min(Math.max(view.zoom * factor, 0.5), 400);
  const after = scale(), [dx, dy] = [x - half.x, half.y - y];
  view.x += dx / before - dx / after;
  view.y += dy / before - dy / after;
  hover(-1);
  redraw();
}

function whole() {
  [view.x, view.y, view.zoom] = [0, 0, 1];
  redraw();
}

// Fingers and buttons that are down, by number: one drags, two zoom.
const down = new Map();
let drag = null;

function begin(event) {
  const at = [event.offsetX, event.offsetY];
  canvas.focus({ preventScroll: true });
  canvas.setPointerCapture(event.pointerId);
  down.set(event.pointerId, at);
  if (down.size > 1) { drag = null; state.outline = null; return; }
  // With shift, dragging selects in any mode.
  const choosing = mode !== "move" || event.shiftKey;
  drag = { start: at, at, far: false, choosing, lasso: mode === "lasso", add: event.shiftKey, points: [at] };
}

function go(event) {
  const at = [event.offsetX, event.offsetY];
  if (down.size === 2 && down.has(event.pointerId)) {
    const [other] = [...down].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
    const before = down.get(event.pointerId), span = place => Math.hypot(place[0] - other[0], place[1] - other[1]);
    zoom(span(at) / Math.max(span(before), 1), (at[0] + other[0]) / 2, (at[1] + other[1]) / 2);
    down.set(event.pointerId, at);
    return;
  }
  if (!drag) return hover(under(...at));
  down.set(event.pointerId, at);
  drag.far ||= Math.hypot(at[0] - drag.start[0], at[1] - drag.start[1]) > 4;
  if (!drag.far) return;
  hover(-1);
  if (drag.choosing) {
    drag.points.push(at);
    const [[ax, ay], [bx, by]] = [drag.start, at];
    state.outline = drag.lasso ? drag.points : [[ax, ay], [bx, ay], [bx, by], [ax, by]];
  } else {
    canvas.classList.add("moving");
    view.x -= (at[0] - drag.at[0]) / scale();
    view.y += (at[1] - drag.at[1]) / scale();
  }
  drag.at = at;
  redraw();
}

function end(event) {
  down.delete(event.pointerId);
  canvas.classList.remove("moving");
  if (!drag) return;
  const { far, choosing, add, start } = drag;
  drag = null;
  if (far && choosing) {
    const cells = inside(state.outline || []);
    state.outline = null;
    select(add ? [...state.selected, ...cells] : cells);
  } else if (!far && event.type === "pointerup") {
    const cell = under(...start);
    if (add && cell >= 0) {
      const cells = new Set(state.selected);
      if (!cells.delete(cell)) cells.add(cell);
      select(cells);
    } else {
      pin(cell);
    }
  }
  redraw();
}

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

// Goes to the next cell in the arrow's direction; from nowhere, to the one nearest to the middle.
function walk(direction) {
  const from = state.hover >= 0 ? state.hover : -1;
  const cell = from < 0 ? under(half.x, half.y, Infinity) : neighbour(from, direction);
  if (cell < 0) return;
  const s = scale(), [x, y] = [screenX(cell, s), screenY(cell, s)];
  if (x < 0 || y < 0 || x > 2 * half.x || y > 2 * half.y) [view.x, view.y] = [place[2 * cell], place[2 * cell + 1]];
  hover(cell);
  $("say").textContent = described(cell);
}

function key(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = /^(SELECT|INPUT|TEXTAREA)$/.test(event.target.tagName);
  const onMap = event.target === canvas;
  if (event.key === "Escape") {
    if (event.target === $("find")) { $("find").value = ""; search(""); }
    hover(-1);
    select([]);
  } else if (typing) {
    return;
  } else if (onMap && ARROWS[event.key]) {
    event.preventDefault();
    walk(ARROWS[event.key]);
  } else if (onMap && (event.key === "Enter" || event.key === " ")) {
    event.preventDefault();
    pin(state.hover);
  } else if (event.key === "+" || event.key === "=") {
    zoom(1.4);
  } else if (event.key === "-") {
    zoom(1 / 1.4);
  } else if (event.key === "0") {
    whole();
  } else if (event.key === "/") {
    event.preventDefault();
    $("find").focus();
  } else {
    const named = MODES.find(name => name[0] === event.key);
    if (named) setMode(named);
  }
}

function background(choice) {
  const system = matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.classList.toggle("dark", choice === "dark" || (choice === "auto" && system));
  stamps = new Map();
  showKey();
  refreshCards();
  redraw();
}

function showMap(map, atOnce = false) {
  hover(-1);
  $("map").value = String(map);
  $("axes").textContent = maps[map].axes.join(" · ");
  goTo(map, atOnce);
}

function listen() {
  canvas.addEventListener("pointerdown", begin);
  canvas.addEventListener("pointermove", go);
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);
  canvas.addEventListener("pointerleave", () => { if (!drag) hover(-1); });
  canvas.addEventListener("wheel", event => {
    event.preventDefault();
    zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015)), event.offsetX, event.offsetY);
  }, { passive: false });
  document.addEventListener("keydown", key);
  for (const name of MODES) $(name).onclick = () => setMode(name);
  $("closer").onclick = () => zoom(1.4);
  $("farther").onclick = () => zoom(1 / 1.4);
  $("whole").onclick = whole;
  $("png").onclick = () => canvas.toBlob(blob => download(`${scene.title || "cells"}.png`, blob));
  $("size").oninput = event => { view.size = +event.target.value; redraw(); };
  $("background").onchange = event => background(event.target.value);
  $("map").onchange = event => showMap(+event.target.value);
  $("color").onchange = event => colorBy(+event.target.value);
  $("find").oninput = event => search(event.target.value);
  $("find").onkeydown = event => {
    if (event.key !== "Enter") return;
    const [first] = search($("find").value);
    if (first !== undefined) { centre(first); if (!state.pinned.has(first)) pin(first); }
  };
  $("copy").onclick = copy;
  $("csv").onclick = () => download("selection.csv", new Blob([csv(state.selected)], { type: "text/csv" }));
  $("clear").onclick = () => select([]);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => background($("background").value));
  new ResizeObserver(() => draw()).observe(canvas);
  // Paper is white and finer than a screen, and has a copy of the map: the map itself follows the size of its window.
  window.addEventListener("beforeprint", () => {
    hover(-1);
    fineness = 3;
    background("light");
    draw();
    const paper = make(canvas.parentElement, "canvas");
    paper.id = "paper";
    [paper.width, paper.height] = [canvas.width, canvas.height];
    paper.getContext("2d").drawImage(canvas, 0, 0);
  });
  window.addEventListener("afterprint", () => {
    $("paper").remove();
    fineness = 0;
    background($("background").value);
  });
}

// A link can open the page as it was: `#map=PCA&color=layer&background=dark&find=x&pin=a,b&select=a,b`.
function fromLink() {
  const link = new URLSearchParams(location.hash.slice(1));
  const cells = name => (link.get(name) || "").split(",").map(id => ids.indexOf(id)).filter(cell => cell >= 0);
  const named = (list, name) => list.findIndex(item => item.name === link.get(name));
  if (link.has("background")) { $("background").value = link.get("background"); background(link.get("background")); }
  if (named(columns, "color") >= 0) colorBy(named(columns, "color"));
  if (named(maps, "map") > 0) showMap(named(maps, "map"), true);
  if (link.has("find")) { $("find").value = link.get("find"); search(link.get("find")); }
  cells("pin").forEach(pin);
  if (link.has("select")) select(cells("select"));
}

try {
  $("title").textContent = scene.title;
  $("title").hidden = !scene.title;
  maps.forEach(({ name }, i) => $("map").add(new Option(name, i)));
  $("map-row").hidden = maps.length < 2;
  $("axes").textContent = maps[0].axes.join(" · ");
  columns.forEach(({ name }, i) => $("color").add(new Option(name, i)));
  $("color").parentElement.hidden = columns.length === 0;
  measure();
  background("auto");
  colorBy(Math.max(columns.findIndex(c => c.name === scene.color), 0));
  listen();
  fromLink();
  draw();
} catch (error) {
  document.body.dataset.state = "failed";
  make(document.body, "div", "failed", `cannot draw: ${error.message}`);
}
