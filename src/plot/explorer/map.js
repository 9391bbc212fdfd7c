// The map: where cells are on the screen, how their points look, and drawing them.

const canvas = $("view");
const pen = canvas.getContext("2d");

const view = { map: 0, column: 0, x: 0, y: 0, zoom: 1, size: 1 };
// Places now, which between two maps are between their places.
const place = Float32Array.from(maps[0].at);
const state = { hover: -1, pinned: new Set(), selected: new Set(), found: new Set(), outline: null };

// --- Colours ---------------------------------------------------------------------------------------------------------

const isDark = () => document.documentElement.classList.contains("dark");
const rgb = css => [1, 3, 5].map(i => parseInt(css.slice(i, i + 2), 16));
// Black ink on black paper would not be seen, and dark colours hardly.
function seen(css) {
  if (!isDark() || css[0] !== "#") return css;
  const parts = rgb(css), light = 0.3 * parts[0] + 0.6 * parts[1] + 0.1 * parts[2];
  if (Math.max(...parts) < 64) return "#f0f0f0";
  return light < 110 ? `rgb(${parts.map(c => Math.round(c + 0.3 * (255 - c))).join(" ")})` : css;
}
const RAMP = scene.ramp.map(rgb);
const SHADES = 64;
function ramp(share) {
  const at = Math.min(Math.max(share, 0), 1) * (RAMP.length - 1), i = Math.min(Math.floor(at), RAMP.length - 2);
  return `rgb(${RAMP[i].map((c, k) => Math.round(c + (at - i) * (RAMP[i + 1][k] - c))).join(" ")})`;
}

// The look of a class by its number: eight colours, then the next marker.
const PER_MARKER = scene.palette.length;
const OTHER = { color: "#808080", marker: 0 };
const MISSING = { color: scene.missing, marker: 0 };
const lookOf = number => (number === null ? OTHER : { color: scene.palette[number % PER_MARKER], marker: Math.floor(number / PER_MARKER) % scene.markers.length });

const column = () => columns[view.column];
function lookNow(cell) {
  const c = column();
  if (!c) return lookOf(0);
  if (c.classes) return c.codes[cell] === NONE ? MISSING : lookOf(c.looks[c.codes[cell]]);
  const v = c.values[cell];
  if (!Number.isFinite(v)) return MISSING;
  const share = c.high > c.low ? (v - c.low) / (c.high - c.low) : 0.5;
  return { color: ramp(Math.round(share * SHADES) / SHADES), marker: 0 };
}

// The look of each cell. Equal looks are one object, by which their stamp is found.
let looks = [];
function findLooks() {
  const known = new Map([[`${MISSING.color} ${MISSING.marker}`, MISSING]]);
  looks = ids.map((_, cell) => {
    const own = lookNow(cell), name = `${own.color} ${own.marker}`;
    if (!known.has(name)) known.set(name, own);
    return known.get(name);
  });
}
const shown = cell => !(column() && column().classes && column().hidden.has(column().codes[cell]));

// --- Where cells are -------------------------------------------------------------------------------------------------

// Half the canvas in pixels. Asking the page costs more than the whole way to the screen, so it is asked once per
// drawing and not for each cell.
const half = { x: 1, y: 1 };
function measure() {
  [half.x, half.y] = [canvas.clientWidth / 2, canvas.clientHeight / 2];
}

// Pixels for half a map, and the screen's place of a cell.
function scale() {
  const [rx, ry] = maps[view.map].reach;
  return 0.92 * view.zoom * Math.min(half.x / Math.max(rx, 0.05), half.y / Math.max(ry, 0.05));
}
const screenX = (cell, s) => half.x + (place[2 * cell] - view.x) * s;
const screenY = (cell, s) => half.y - (place[2 * cell + 1] - view.y) * s;
const radius = () => view.size * Math.min(Math.max(60 / Math.sqrt(count), 2.2), 6) * Math.min(Math.sqrt(view.zoom), 2.5);

// The shown cell nearest to a place on the screen, within some pixels.
function under(x, y, within = radius() + 6) {
  const s = scale();
  let best = -1, nearest = within * within;
  for (let cell = 0; cell < count; cell++) {
    const dx = screenX(cell, s) - x, dy = screenY(cell, s) - y, d = dx * dx + dy * dy;
    if (d < nearest && shown(cell)) { nearest = d; best = cell; }
  }
  return best;
}

// The shown cell that an arrow leads to from another: near, and rather ahead than aside.
function neighbour(from, [dx, dy]) {
  let best = -1, least = Infinity;
  for (let cell = 0; cell < count; cell++) {
    if (cell === from || !shown(cell)) continue;
    const x = place[2 * cell] - place[2 * from], y = place[2 * cell + 1] - place[2 * from + 1];
    const ahead = x * dx + y * dy, aside = Math.abs(x * dy) + Math.abs(y * dx);
    if (ahead > 0 && ahead + 2 * aside < least) { least = ahead + 2 * aside; best = cell; }
  }
  return best;
}

// --- Drawing ---------------------------------------------------------------------------------------------------------

function trace(context, marker, x, y, r) {
  const corners = scene.markers[marker];
  context.beginPath();
  if (corners) corners.forEach(([dx, dy], i) => (i ? context.lineTo(x + dx * r, y + dy * r) : context.moveTo(x + dx * r, y + dy * r)));
  else context.arc(x, y, r, 0, 2 * Math.PI);
  context.closePath();
}

// A point of each look is drawn once and copied: ten thousand paths are slow, ten thousand copies are not.
let stamps = new Map();
function stamp(own, r, ratio) {
  if (!stamps.has(own)) {
    const middle = Math.ceil((1.7 * r + 1) * ratio), tile = document.createElement("canvas");
    tile.width = tile.height = 2 * middle;
    const context = tile.getContext("2d");
    trace(context, own.marker, middle, middle, r * ratio);
    context.fillStyle = seen(own.color);
    context.fill();
    context.lineWidth = 0.6 * ratio;
    context.strokeStyle = isDark() ? "rgb(16 18 20 / 0.8)" : "rgb(255 255 255 / 0.8)";
    context.stroke();
    stamps.set(own, tile);
  }
  return stamps.get(own);
}

// Cells without a value lie below; the others lie in an order of their own, so that no class covers another for its place
// in the table. The order is the same every time.
const order = Array.from({ length: count }, (_, i) => i);
for (let i = count - 1, seed = 1; i > 0; i--) {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  const j = seed % (i + 1);
  [order[i], order[j]] = [order[j], order[i]];
}

// Pixels of the canvas for one of the page: those of the screen, or finer ones for paper.
let fineness = 0;
const ratioNow = () => fineness || window.devicePixelRatio || 1;

let asked = false;
function redraw() {
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => { asked = false; draw(); });
}

let last = "";
function draw() {
  measure();
  const ratio = ratioNow();
  const [w, h] = [Math.round(2 * half.x * ratio), Math.round(2 * half.y * ratio)];
  if (canvas.width !== w || canvas.height !== h) { canvas.width = w; canvas.height = h; }
  const r = radius(), s = scale();
  const now = `${r} ${ratio} ${isDark()}`;
  if (now !== last) { stamps = new Map(); last = now; }
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--paper");
  pen.fillRect(0, 0, w, h);
  let drawn = 0;
  for (const missing of [true, false]) for (const cell of order) {
    const own = looks[cell];
    if ((own === MISSING) !== missing || !shown(cell)) continue;
    const tile = stamp(own, r, ratio), middle = tile.width / 2;
    drawn++;
    const x = screenX(cell, s) * ratio, y = screenY(cell, s) * ratio;
    if (x > -middle && y > -middle && x < w + middle && y < h + middle) pen.drawImage(tile, Math.round(x) - middle, Math.round(y) - middle);
  }
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  const style = getComputedStyle(document.documentElement);
  const ring = (cell, more, width, color) => {
    if (!shown(cell)) return;
    pen.beginPath();
    pen.arc(screenX(cell, s), screenY(cell, s), r + more, 0, 2 * Math.PI);
    pen.lineWidth = width;
    pen.strokeStyle = color;
    pen.stroke();
  };
  const [ink, mark] = ["--ink", "--mark"].map(name => style.getPropertyValue(name));
  for (const cell of state.selected) ring(cell, 1, 1.2, ink);
  for (const cell of state.found) ring(cell, 3.5, 1.6, mark);
  for (const cell of state.pinned) ring(cell, 3, 2, ink);
  if (state.hover >= 0) ring(state.hover, 4, 2.4, mark);
  if (state.outline) {
    pen.beginPath();
    state.outline.forEach(([x, y], i) => (i ? pen.lineTo(x, y) : pen.moveTo(x, y)));
    pen.closePath();
    pen.lineWidth = 1.2;
    pen.strokeStyle = mark;
    pen.setLineDash([5, 4]);
    pen.stroke();
    pen.setLineDash([]);
  }
  document.body.dataset.state = moving ? "moving" : "drawn";
  document.body.dataset.drawn = drawn;
}

// --- From map to map ---------------------------------------------------------------------------------------------------

let moving = 0;
function goTo(map, atOnce) {
  const from = Float32Array.from(place), to = maps[map].at, start = performance.now();
  const calm = atOnce || matchMedia("(prefers-reduced-motion: reduce)").matches || document.visibilityState === "hidden";
  const [x, y, zoom] = [view.x, view.y, view.zoom];
  cancelAnimationFrame(moving);
  view.map = map;
  const step = now => {
    const share = calm ? 1 : Math.min((now - start) / 700, 1), t = share * share * (3 - 2 * share);
    for (let i = 0; i < place.length; i++) place[i] = from[i] + t * (to[i] - from[i]);
    [view.x, view.y, view.zoom] = [x * (1 - t), y * (1 - t), zoom + (1 - zoom) * t];
    moving = share < 1 ? requestAnimationFrame(step) : 0;
    draw();
  };
  moving = 1;
  if (calm) step(start); else moving = requestAnimationFrame(step);
}
