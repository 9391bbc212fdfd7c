// Cards: a cell's drawing with a scale bar, its id and what the columns say. One follows the mouse, others stay.

const LISTED = 12;

// Makes an element with a class and a text, which is never read as HTML.
function make(parent, tag, name, text) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  if (text !== undefined) element.textContent = text;
  parent.append(element);
  return element;
}

// A bar of 1, 2 or 5 times a power of ten that is at most so long.
function round(most) {
  const power = Math.pow(10, Math.floor(Math.log10(most)));
  return [5, 2, 1].map(f => f * power).find(l => l <= most) || power;
}

// Draws a cell to fill a square of so many pixels.
function drawCell(tile, cell, pixels) {
  const ratio = ratioNow(), { step, size, lines, soma } = drawing(cell);
  tile.width = tile.height = Math.round(pixels * ratio);
  const context = tile.getContext("2d"), foot = 18, pad = 3;
  const zoom = Math.min((pixels - 2 * pad) / Math.max(size[0], 1), (pixels - foot - 2 * pad) / Math.max(size[1], 1));
  const [left, top] = [(pixels - zoom * size[0]) / 2, (pixels - foot - zoom * size[1]) / 2];
  const at = (x, y) => [left + zoom * x, top + zoom * y];
  context.scale(ratio, ratio);
  context.lineCap = context.lineJoin = "round";
  context.lineWidth = 1.1;
  for (const { part, points } of lines) {
    context.beginPath();
    context.moveTo(...at(points[0], points[1]));
    for (let i = 2; i < points.length; i += 2) context.lineTo(...at(points[i], points[i + 1]));
    context.strokeStyle = seen(scene.part_colors[part]);
    context.stroke();
  }
  if (soma) {
    context.beginPath();
    context.arc(...at(soma.x, soma.y), Math.max(zoom * soma.radius, 2.2), 0, 2 * Math.PI);
    context.fillStyle = seen(scene.part_colors[4]);
    context.fill();
  }
  const perPixel = step / zoom, length = round(0.3 * pixels * perPixel);
  const ink = getComputedStyle(document.documentElement).getPropertyValue("--ink");
  context.fillStyle = ink;
  context.fillRect(pad, pixels - 7, length / perPixel, 2);
  context.font = "11px system-ui, sans-serif";
  context.textBaseline = "middle";
  context.fillText(`${+length.toPrecision(6)} ${scene.unit}`, pad + length / perPixel + 6, pixels - 6);
}

function fill(card, cell, pixels) {
  card.replaceChildren();
  card.dataset.cell = cell;
  make(card, "h3", "", ids[cell]);
  const tile = make(card, "canvas");
  tile.setAttribute("role", "img");
  tile.setAttribute("aria-label", `drawing of ${ids[cell]}`);
  drawCell(tile, cell, pixels);
  const list = make(card, "dl");
  // The column that colours mean comes first.
  const others = columns.filter((_, i) => i !== view.column);
  for (const c of [column(), ...others].filter(Boolean).slice(0, LISTED)) {
    make(list, "dt", "", c.name);
    make(list, "dd", "", said(c, cell) || "–");
  }
}

const described = cell => [ids[cell], ...columns.slice(0, 4).map(c => `${c.name} ${said(c, cell) || "unknown"}`)].join(", ");

// Shows the card of a cell beside its point; -1 hides it.
function hover(cell) {
  if (cell === state.hover) return;
  state.hover = cell;
  const tip = $("tip");
  tip.hidden = cell < 0;
  canvas.classList.toggle("over", cell >= 0);
  document.body.dataset.hover = cell < 0 ? "" : ids[cell];
  if (cell >= 0) {
    fill(tip, cell, 210);
    const s = scale(), frame = canvas.getBoundingClientRect(), gap = radius() + 12;
    const [x, y] = [frame.left + screenX(cell, s), frame.top + screenY(cell, s)];
    const left = x + gap + tip.offsetWidth < innerWidth ? x + gap : x - gap - tip.offsetWidth;
    tip.style.left = `${Math.max(left, 4)}px`;
    tip.style.top = `${Math.min(Math.max(y - tip.offsetHeight / 2, 4), Math.max(innerHeight - tip.offsetHeight - 4, 4))}px`;
  }
  redraw();
}

function pin(cell) {
  if (cell < 0) return;
  if (state.pinned.has(cell)) return unpin(cell);
  state.pinned.add(cell);
  const card = make($("pins"), "article", "card");
  $("pins").hidden = false;
  fill(card, cell, 210);
  const close = make(card, "button", "close", "×");
  close.setAttribute("aria-label", `put ${ids[cell]} away`);
  close.onclick = () => unpin(cell);
  card.onmouseenter = () => { state.hover = cell; redraw(); };
  card.onmouseleave = () => { state.hover = -1; redraw(); };
  tellPins();
}

function unpin(cell) {
  state.pinned.delete(cell);
  for (const card of [...$("pins").children]) if (+card.dataset.cell === cell) card.remove();
  $("pins").hidden = state.pinned.size === 0;
  tellPins();
}

function tellPins() {
  document.body.dataset.pinned = state.pinned.size;
  redraw();
}

// Cards are drawn anew where their colours or the column shown first have changed.
function refreshCards() {
  for (const card of $("pins").children) {
    const close = card.lastChild;
    fill(card, +card.dataset.cell, 210);
    card.append(close);
  }
  if (state.hover >= 0 && !$("tip").hidden) fill($("tip"), state.hover, 210);
}
