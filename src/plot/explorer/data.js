"use strict";
// The cells: their ids, places on each map, columns and drawings, as the page holds them.

const $ = id => document.getElementById(id);
const scene = JSON.parse($("scene").textContent);

const bytes = text => Uint8Array.from(atob(text), c => c.charCodeAt(0));
const NONE = 65535;

const ids = scene.ids;
const count = ids.length;

// Places are centred and scaled to lie within -1 to 1, both axes alike.
const maps = scene.maps.map(({ name, axes, points }) => {
  const at = new Float32Array(bytes(points).buffer);
  const low = [Infinity, Infinity], high = [-Infinity, -Infinity];
  for (let i = 0; i < at.length; i++) {
    low[i % 2] = Math.min(low[i % 2], at[i]);
    high[i % 2] = Math.max(high[i % 2], at[i]);
  }
  const half = Math.max(high[0] - low[0], high[1] - low[1]) / 2 || 1;
  for (let i = 0; i < at.length; i++) at[i] = (at[i] - (low[i % 2] + high[i % 2]) / 2) / half;
  const reach = [0, 1].map(k => (high[k] - low[k]) / 2 / half);
  return { name, axes, at, reach };
});

// A column of classes knows which of them are shown, one of numbers its range.
const columns = scene.columns.map(column => {
  if (column.classes) {
    const codes = new Uint16Array(bytes(column.codes).buffer);
    const counts = new Array(column.classes.length).fill(0);
    let missing = 0;
    for (const code of codes) if (code === NONE) missing++; else counts[code]++;
    return { ...column, codes, counts, missing, hidden: new Set() };
  }
  const values = new Float32Array(bytes(column.values).buffer);
  let low = Infinity, high = -Infinity, missing = 0;
  for (const v of values) {
    if (!Number.isFinite(v)) { missing++; continue; }
    low = Math.min(low, v);
    high = Math.max(high, v);
  }
  return { ...column, values, low, high, missing };
});

const digits = v => (Math.abs(v) >= 1e6 || (v !== 0 && Math.abs(v) < 1e-3) ? v.toExponential(2) : String(+v.toPrecision(4)));

// What a column says of a cell, and that as it goes into a file; nothing where it has no value.
function said(column, cell) {
  if (column.classes) return column.codes[cell] === NONE ? "" : column.classes[column.codes[cell]];
  const v = column.values[cell];
  return Number.isFinite(v) ? digits(v) + (column.unit ? ` ${column.unit}` : "") : "";
}
const written = (column, cell) =>
  column.classes ? said(column, cell) : Number.isFinite(column.values[cell]) ? String(+column.values[cell].toPrecision(7)) : "";

// Cells and all their columns as CSV.
function csv(cells) {
  const field = text => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const lines = [["id", ...columns.map(c => c.name)]];
  for (const cell of cells) lines.push([ids[cell], ...columns.map(c => written(c, cell))]);
  return lines.map(line => line.map(field).join(",")).join("\n") + "\n";
}

// A drawing: polylines and a soma in steps of a grid, y downwards. Read when it is first wanted.
const drawings = new Map();
function drawing(cell) {
  if (!drawings.has(cell)) {
    const [step, size, text] = scene.drawings[cell];
    const data = bytes(text), lines = [];
    let soma = null;
    for (let at = 0; at < data.length;) {
      const part = data[at], n = data[at + 1];
      if (part === 4 && n === 1) {
        soma = { x: data[at + 2], y: data[at + 3], radius: data[at + 4] };
        at += 5;
      } else {
        lines.push({ part, points: data.subarray(at + 2, at + 2 + 2 * n) });
        at += 2 + 2 * n;
      }
    }
    // What comes later lies on top: the axon below, apical dendrites above.
    lines.sort((a, b) => a.part - b.part);
    drawings.set(cell, { step, size, lines, soma });
  }
  return drawings.get(cell);
}
