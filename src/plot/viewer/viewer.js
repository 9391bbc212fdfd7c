"use strict";
// Draws neurons as tapered, shaded tubes. Every edge is one instance of a flat quad that the vertex shader turns towards
// the eye, so a neuron of 100,000 samples is one draw call.

const $ = id => document.getElementById(id);
const scene = JSON.parse($("scene").textContent);

// --- Data ------------------------------------------------------------------------------------------------------------

const bytes = text => Uint8Array.from(atob(text), c => c.charCodeAt(0)).buffer;
const floats = text => new Float32Array(bytes(text));

const cells = scene.cells.map(cell => ({
  name: cell.name,
  label: cell.label,
  shown: true,
  // x, y, z and radius of each sample.
  points: floats(cell.points),
  parent: new Int32Array(bytes(cell.parent)),
  kind: new Uint16Array(bytes(cell.kind)),
  id: new Int32Array(bytes(cell.id)),
  values: Object.fromEntries(Object.entries(cell.values).map(([name, text]) => [name, floats(text)])),
}));

const KINDS = { 0: "undefined", 1: "soma", 2: "axon", 3: "dendrite", 4: "apical dendrite" };
const kindName = kind => KINDS[kind] || "type " + kind;
const PALETTE = scene.palette;
const KIND_COLORS = scene.kind_colors;

// --- Vectors, and rotations as 3 x 3 matrices by rows ------------------------------------------------------------------

const IDENTITY = [1, 0, 0, 0, 1, 0, 0, 0, 1];
const multiply = (a, b) => {
  const c = new Array(9);
  for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++)
    c[3 * i + j] = a[3 * i] * b[j] + a[3 * i + 1] * b[3 + j] + a[3 * i + 2] * b[6 + j];
  return c;
};
const aboutX = t => [1, 0, 0, 0, Math.cos(t), -Math.sin(t), 0, Math.sin(t), Math.cos(t)];
const aboutY = t => [Math.cos(t), 0, Math.sin(t), 0, 1, 0, -Math.sin(t), 0, Math.cos(t)];
const apply = (m, v) => [0, 1, 2].map(i => m[3 * i] * v[0] + m[3 * i + 1] * v[1] + m[3 * i + 2] * v[2]);
const applyTransposed = (m, v) => [0, 1, 2].map(i => m[i] * v[0] + m[3 + i] * v[1] + m[6 + i] * v[2]);

// --- What is seen ------------------------------------------------------------------------------------------------------

const view = { rotation: IDENTITY, centre: [0, 0, 0], height: 1, reach: 1, thickness: 1, perspective: false, color: "", beside: false };

// Where each cell stands: in place, or in a row with its box beside its neighbour's.
function offsets() {
  let x = 0;
  return cells.map(cell => {
    if (!view.beside || !cell.shown) return [0, 0, 0];
    const [low, high] = box(cell);
    const gap = 0.1 * (high[0] - low[0]) + 1;
    const offset = [x - low[0], -(low[1] + high[1]) / 2, -(low[2] + high[2]) / 2];
    x += high[0] - low[0] + gap;
    return offset;
  });
}

function box(cell) {
  const low = [Infinity, Infinity, Infinity], high = [-Infinity, -Infinity, -Infinity];
  for (let i = 0; i < cell.points.length; i += 4) for (let k = 0; k < 3; k++) {
    low[k] = Math.min(low[k], cell.points[i + k]);
    high[k] = Math.max(high[k], cell.points[i + k]);
  }
  return [low, high];
}

// Puts all shown cells into the window.
function frame() {
  const moves = offsets();
  const low = [Infinity, Infinity, Infinity], high = [-Infinity, -Infinity, -Infinity];
  cells.forEach((cell, c) => {
    if (!cell.shown) return;
    const [a, b] = box(cell);
    for (let k = 0; k < 3; k++) {
      low[k] = Math.min(low[k], a[k] + moves[c][k]);
      high[k] = Math.max(high[k], b[k] + moves[c][k]);
    }
  });
  if (low[0] > high[0]) return;
  view.centre = low.map((l, k) => (l + high[k]) / 2);
  view.reach = Math.max(Math.hypot(...low.map((l, k) => high[k] - l)) / 2, 1e-6);
  const [w, h] = [high[0] - low[0], high[1] - low[1]];
  const across = (canvas.clientHeight / Math.max(canvas.clientWidth, 1)) * w;
  view.height = 1.12 * Math.max(h, across, 0.05 * view.reach);
}

// --- Colours -----------------------------------------------------------------------------------------------------------

const rgb = css => [1, 3, 5].map(i => parseInt(css.slice(i, i + 2), 16) / 255);
const RAMP = scene.ramp.map(rgb);
function ramp(t) {
  const at = Math.min(Math.max(t, 0), 1) * (RAMP.length - 1), i = Math.min(Math.floor(at), RAMP.length - 2), f = at - i;
  return RAMP[i].map((c, k) => c + f * (RAMP[i + 1][k] - c));
}

// The colour of each sample of each cell, and the key that explains it.
function coloring() {
  const classes = (names, color) => ({ classes: names.map((name, i) => [name, color(i)]) });
  if (view.color === "type") {
    const found = [...new Set(cells.flatMap(cell => [...new Set(cell.kind)]))].sort((a, b) => a - b);
    const color = kind => KIND_COLORS[kind] || PALETTE[kind % PALETTE.length];
    return { of: (cell, i) => rgb(color(cell.kind[i])), key: classes(found.map(kindName), i => color(found[i])) };
  }
  if (view.color === "cell" || view.color === "label") {
    const name = cell => (view.color === "cell" ? cell.name : cell.label || "no label");
    const names = [...new Set(cells.map(name))];
    const color = i => PALETTE[i % PALETTE.length];
    const own = new Map(cells.map(cell => [cell, rgb(color(names.indexOf(name(cell))))]));
    return { of: cell => own.get(cell), key: classes(names, color) };
  }
  let low = Infinity, high = -Infinity;
  for (const cell of cells) for (const v of cell.values[view.color] || []) if (Number.isFinite(v)) {
    low = Math.min(low, v);
    high = Math.max(high, v);
  }
  const span = high > low ? high - low : 1;
  const missing = rgb(scene.missing);
  const of = (cell, i) => {
    const v = cell.values[view.color] ? cell.values[view.color][i] : NaN;
    return Number.isFinite(v) ? ramp((v - low) / span) : missing;
  };
  return { of, key: { low, high } };
}

const short = v => (Math.abs(v) >= 1e5 || (v !== 0 && Math.abs(v) < 1e-2) ? v.toExponential(1) : String(+v.toPrecision(3)));

function showKey(key) {
  const place = $("key");
  place.replaceChildren();
  const add = (parent, tag, name, text) => {
    const element = document.createElement(tag);
    if (name) element.className = name;
    if (text !== undefined) element.textContent = text;
    parent.append(element);
    return element;
  };
  if (key.classes) {
    for (const [name, color] of key.classes.slice(0, 24)) {
      const row = add(place, "div", "class");
      add(row, "i").style.background = color;
      add(row, "span", "", name);
    }
    if (key.classes.length > 24) add(place, "div", "", `and ${key.classes.length - 24} more`);
  } else if (key.low <= key.high) {
    add(place, "div", "ramp").style.background = `linear-gradient(to right, ${scene.ramp.join(",")})`;
    const ends = add(place, "div", "ends");
    add(ends, "span", "", short(key.low));
    add(ends, "span", "", short(key.high));
  } else {
    add(place, "div", "", "no values");
  }
}

// --- Drawing -----------------------------------------------------------------------------------------------------------

const VERTEX = `#version 300 es
in vec2 corner;            // x: from the first end (0) to the second (1); y: across, -1 to 1
in vec4 first, second;     // position and radius of both ends
in vec3 firstColor, secondColor;
uniform mat3 rotation;
uniform vec3 centre;
uniform vec2 window;       // in pixels
uniform float height, thickness, reach, eye;
uniform bool ball;         // a disc round the second end instead of a tube
out float across, along;
out vec3 color;
vec3 seen(vec3 p) { return rotation * (p - centre); }
void main() {
  vec3 a = seen(first.xyz), b = seen(second.xyz);
  float end = ball ? 1.0 : corner.x;
  vec3 at = mix(a, b, end);
  float pixel = height / window.y;
  // Thin branches stay visible: no tube is thinner than about a pixel.
  float radius = max(mix(first.w, second.w, end) * thickness, 0.6 * pixel);
  vec2 direction = b.xy - a.xy;
  direction = length(direction) > 1e-9 ? normalize(direction) : vec2(1.0, 0.0);
  vec2 normal = vec2(-direction.y, direction.x);
  vec2 shift = ball ? (vec2(corner.x * 2.0 - 1.0, corner.y)) * radius : normal * corner.y * radius;
  vec3 p = vec3(at.xy + shift, at.z);
  float shrink = eye > 0.0 ? eye / max(eye - p.z, 0.05 * eye) : 1.0;
  vec2 ndc = p.xy * shrink * 2.0 / height;
  ndc.x *= window.y / window.x;
  gl_Position = vec4(ndc, -p.z / (reach * 40.0), 1.0);
  across = corner.y;
  along = ball ? corner.x * 2.0 - 1.0 : 0.0;
  color = mix(firstColor, secondColor, end);
}`;

const FRAGMENT = `#version 300 es
precision highp float;
in float across, along;
in vec3 color;
out vec4 pixel;
void main() {
  float r2 = across * across + along * along;
  if (r2 > 1.0) discard;
  float facing = sqrt(1.0 - r2);
  pixel = vec4(color * (0.45 + 0.55 * facing), 1.0);
}`;

const canvas = $("view");
let gl, program, edges = 0, buffers = {};

function compile(kind, source) {
  const shader = gl.createShader(kind);
  gl.shaderSource(shader, source);
  gl.compileShader(shader);
  if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(shader));
  return shader;
}

function begin() {
  gl = canvas.getContext("webgl2", { antialias: true, preserveDrawingBuffer: true });
  if (!gl) throw new Error("this browser has no WebGL 2");
  program = gl.createProgram();
  gl.attachShader(program, compile(gl.VERTEX_SHADER, VERTEX));
  gl.attachShader(program, compile(gl.FRAGMENT_SHADER, FRAGMENT));
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program));
  gl.useProgram(program);
  gl.enable(gl.DEPTH_TEST);
  buffers.corner = gl.createBuffer();
  gl.bindBuffer(gl.ARRAY_BUFFER, buffers.corner);
  gl.bufferData(gl.ARRAY_BUFFER, new Float32Array([0, -1, 1, -1, 0, 1, 1, 1]), gl.STATIC_DRAW);
  buffers.edge = gl.createBuffer();
}

// Both ends of each edge with their colours, 14 numbers an instance. A root is an edge to itself, so that a single sample
// is seen as well.
function upload() {
  const { of, key } = coloring();
  showKey(key);
  const moves = offsets();
  const data = [];
  cells.forEach((cell, c) => {
    if (!cell.shown) return;
    const end = i => [0, 1, 2].map(k => cell.points[4 * i + k] + moves[c][k]);
    for (let i = 0; i < cell.parent.length; i++) {
      const p = cell.parent[i] < 0 ? i : cell.parent[i];
      // The soma is a ball; what leaves it starts as thick as it goes on.
      const from = cell.kind[p] === 1 && cell.kind[i] !== 1 ? cell.points[4 * i + 3] : cell.points[4 * p + 3];
      data.push(...end(p), from, ...end(i), cell.points[4 * i + 3], ...of(cell, p), ...of(cell, i));
    }
  });
  edges = data.length / 14;
  gl.bindBuffer(gl.ARRAY_BUFFER, buffers.edge);
  gl.bufferData(gl.ARRAY_BUFFER, new Float32Array(data), gl.DYNAMIC_DRAW);
  const attribute = (name, size, offset, divisor) => {
    const at = gl.getAttribLocation(program, name);
    gl.enableVertexAttribArray(at);
    gl.vertexAttribPointer(at, size, gl.FLOAT, false, divisor ? 56 : 8, offset);
    gl.vertexAttribDivisor(at, divisor);
  };
  attribute("first", 4, 0, 1);
  attribute("second", 4, 16, 1);
  attribute("firstColor", 3, 32, 1);
  attribute("secondColor", 3, 44, 1);
  gl.bindBuffer(gl.ARRAY_BUFFER, buffers.corner);
  attribute("corner", 2, 0, 0);
}

let asked = false;
function redraw() {
  if (!asked) {
    asked = true;
    requestAnimationFrame(() => { asked = false; draw(); });
  }
}

function draw() {
  const ratio = window.devicePixelRatio || 1;
  const [w, h] = [Math.round(canvas.clientWidth * ratio), Math.round(canvas.clientHeight * ratio)];
  if (canvas.width !== w || canvas.height !== h) { canvas.width = w; canvas.height = h; }
  gl.viewport(0, 0, w, h);
  const [r, g, b] = rgb(document.body.classList.contains("dark") ? "#101214" : "#ffffff");
  gl.clearColor(r, g, b, 1);
  gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
  const at = name => gl.getUniformLocation(program, name);
  gl.uniformMatrix3fv(at("rotation"), true, view.rotation);
  gl.uniform3fv(at("centre"), view.centre);
  gl.uniform2f(at("window"), w, h);
  gl.uniform1f(at("height"), view.height);
  gl.uniform1f(at("thickness"), view.thickness);
  gl.uniform1f(at("reach"), view.reach);
  gl.uniform1f(at("eye"), view.perspective ? 3 * view.reach : 0);
  gl.uniform1i(at("ball"), 0);
  gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, edges);
  gl.uniform1i(at("ball"), 1);
  gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, edges);
  scaleBar();
  document.body.dataset.state = "drawn";
  document.body.dataset.edges = edges;
}

// A bar of 1, 2 or 5 times a power of ten, between a twelfth and a fifth of the window.
function scaleBar() {
  const perPixel = view.height / Math.max(canvas.clientHeight, 1);
  const most = 0.2 * canvas.clientWidth * perPixel;
  const power = Math.pow(10, Math.floor(Math.log10(most)));
  const length = [5, 2, 1].map(f => f * power).find(l => l <= most);
  $("bar").style.width = `${length / perPixel}px`;
  $("length").textContent = `${+length.toPrecision(6)} ${scene.unit}`;
  // Under perspective no one length holds for the whole picture.
  $("scale").hidden = view.perspective;
}

// --- Hands on it -------------------------------------------------------------------------------------------------------

function turn(dx, dy) {
  view.rotation = multiply(multiply(aboutX(dy), aboutY(dx)), view.rotation);
  redraw();
}

function move(dx, dy) {
  const perPixel = view.height / canvas.clientHeight;
  const shift = applyTransposed(view.rotation, [-dx * perPixel, dy * perPixel, 0]);
  view.centre = view.centre.map((c, k) => c + shift[k]);
  redraw();
}

// The sample under the mouse: the nearest projected one within ten pixels, the front one of equals.
function under(x, y) {
  const perPixel = view.height / canvas.clientHeight;
  const target = [(x - canvas.clientWidth / 2) * perPixel, (canvas.clientHeight / 2 - y) * perPixel];
  const moves = offsets();
  let best = null, nearest = 10 * perPixel;
  cells.forEach((cell, c) => {
    if (!cell.shown) return;
    for (let i = 0; i < cell.parent.length; i++) {
      const at = [0, 1, 2].map(k => cell.points[4 * i + k] + moves[c][k] - view.centre[k]);
      const p = apply(view.rotation, at);
      const shrink = view.perspective ? 3 * view.reach / Math.max(3 * view.reach - p[2], 0.15 * view.reach) : 1;
      const d = Math.hypot(p[0] * shrink - target[0], p[1] * shrink - target[1]);
      if (d < nearest) { nearest = d; best = { cell, i, at: at.map((v, k) => v + view.centre[k]) }; }
    }
  });
  return best;
}

// A link can open the page at a view: `#color=radius&turn=30,-20&projection=perspective`, angles in degrees about y and x.
function fromLink() {
  const link = new URLSearchParams(location.hash.slice(1));
  for (const name of ["color", "layout", "projection", "background", "thickness"]) if (link.has(name)) {
    $(name).value = link.get(name);
    $(name).dispatchEvent(new Event(name === "thickness" ? "input" : "change"));
  }
  const [y, x] = (link.get("turn") || "0,0").split(",").map(degrees => (+degrees || 0) * Math.PI / 180);
  turn(y, x || 0);
}

function tip(event) {
  const found = under(event.offsetX, event.offsetY), box = $("tip");
  box.hidden = !found;
  if (!found) return;
  const { cell, i } = found;
  const lines = [`${cell.name}  sample ${cell.id[i]}`, kindName(cell.kind[i])];
  for (const [name, values] of Object.entries(cell.values)) lines.push(`${name}  ${short(values[i])}`);
  box.textContent = lines.join("\n");
  box.style.left = `${Math.min(event.clientX + 14, innerWidth - box.offsetWidth - 8)}px`;
  box.style.top = `${Math.min(event.clientY + 14, innerHeight - box.offsetHeight - 8)}px`;
}

function listen() {
  const touches = new Map();
  canvas.addEventListener("pointerdown", event => {
    canvas.setPointerCapture(event.pointerId);
    touches.set(event.pointerId, event);
    canvas.classList.add("moving");
    $("tip").hidden = true;
  });
  canvas.addEventListener("pointermove", event => {
    const before = touches.get(event.pointerId);
    if (!before) return tip(event);
    const [dx, dy] = [event.clientX - before.clientX, event.clientY - before.clientY];
    if (touches.size === 2) {
      const other = [...touches.values()].find(t => t.pointerId !== event.pointerId);
      const apart = t => Math.hypot(t.clientX - other.clientX, t.clientY - other.clientY);
      view.height *= apart(before) / Math.max(apart(event), 1);
      move(dx / 2, dy / 2);
    } else if (event.shiftKey || event.buttons === 2) move(dx, dy);
    else turn(dx * 0.008, dy * 0.008);
    touches.set(event.pointerId, event);
  });
  for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, event => {
    touches.delete(event.pointerId);
    canvas.classList.toggle("moving", touches.size > 0);
  });
  canvas.addEventListener("pointerleave", () => { $("tip").hidden = true; });
  canvas.addEventListener("contextmenu", event => event.preventDefault());
  canvas.addEventListener("wheel", event => {
    event.preventDefault();
    view.height *= Math.exp(event.deltaY * 0.0012);
    redraw();
  }, { passive: false });
  canvas.addEventListener("dblclick", event => {
    const found = under(event.offsetX, event.offsetY);
    if (found) { view.centre = found.at; redraw(); }
  });

  const looks = { x: aboutY(-Math.PI / 2), y: aboutX(Math.PI / 2), z: IDENTITY };
  for (const axis of ["x", "y", "z"]) $(axis).onclick = () => { view.rotation = looks[axis]; redraw(); };
  $("reset").onclick = () => { view.rotation = IDENTITY; frame(); redraw(); };
  let spinning = 0;
  $("spin").onclick = () => {
    if (spinning) { cancelAnimationFrame(spinning); spinning = 0; return; }
    const step = () => { turn(0.01, 0); spinning = requestAnimationFrame(step); };
    step();
  };
  $("png").onclick = () => {
    draw();
    const link = document.createElement("a");
    link.download = `${scene.title || "neurons"}.png`;
    link.href = canvas.toDataURL("image/png");
    link.click();
  };
  const keys = { x: "x", y: "y", z: "z", r: "reset", s: "png", " ": "spin" };
  document.addEventListener("keydown", event => {
    const typing = /^(SELECT|INPUT|BUTTON)$/.test(event.target.tagName);
    if (!typing && keys[event.key] && !event.ctrlKey && !event.metaKey) { event.preventDefault(); $(keys[event.key]).click(); }
  });
  $("thickness").oninput = event => { view.thickness = +event.target.value; redraw(); };
  $("projection").onchange = event => { view.perspective = event.target.value === "perspective"; redraw(); };
  $("background").onchange = event => { document.body.classList.toggle("dark", event.target.value === "dark"); redraw(); };
  $("layout").onchange = event => { view.beside = event.target.value === "beside"; frame(); upload(); redraw(); };
  $("color").onchange = event => { view.color = event.target.value; upload(); redraw(); };
  window.addEventListener("resize", redraw);
}

function panel() {
  $("title").textContent = scene.title;
  $("title").hidden = !scene.title;
  const choices = ["type"];
  if (cells.length > 1) choices.push("cell");
  if (cells.some(cell => cell.label)) choices.push("label");
  choices.push(...new Set(cells.flatMap(cell => Object.keys(cell.values))));
  for (const choice of choices) $("color").add(new Option(choice, choice));
  view.color = choices.includes(scene.color) ? scene.color : "type";
  $("color").value = view.color;
  view.beside = scene.beside;
  $("layout").value = view.beside ? "beside" : "place";
  $("layout-row").hidden = cells.length < 2;
  if (cells.length < 2) return;
  for (const cell of cells) {
    const label = document.createElement("label"), check = document.createElement("input");
    check.type = "checkbox";
    check.checked = true;
    check.onchange = () => { cell.shown = check.checked; upload(); redraw(); };
    label.append(check, cell.name);
    $("cells").append(label);
  }
}

try {
  panel();
  begin();
  listen();
  frame();
  upload();
  fromLink();
  draw();
} catch (error) {
  document.body.dataset.state = "failed";
  const message = document.createElement("div");
  message.className = "failed";
  message.textContent = `cannot draw: ${error.message}`;
  document.body.append(message);
}
