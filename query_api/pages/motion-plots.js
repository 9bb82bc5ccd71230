// Curves and phases over the time of a film, on which a click, a drag or a key moves it.
import { SECOND_MS, drawn, made, seconds, ticks, written } from "./motion-drawing.js";
import { toggle, video } from "./motion-player.js";

const HEIGHT = 120, TOP = 6, BOTTOM = 18, LEFT = 38, RIGHT = 8;
const STRIP = { height: 40, rep: 12, top: 18, bottom: 36 };
const LAYERS = ["both", "left", "right", "alone"];
const LETTER_PX = 7;
const LEAST_RANGE = { "°": 20, "": 0.3 };

/** A plot over the times of the film; a click, a drag and keys on it move the playhead. */
class Plot {
  constructor(head, svg) {
    this.head = head;
    this.svg = svg;
    svg.addEventListener("pointerdown", (event) => { svg.setPointerCapture(event.pointerId); this.point(event); });
    svg.addEventListener("pointermove", (event) => { if (svg.hasPointerCapture(event.pointerId)) this.point(event); });
    head.followers.push(() => this.follow());
    let width = 0;
    new ResizeObserver(([{ contentRect }]) => {
      if (Math.round(contentRect.width) === width) return;
      width = Math.round(contentRect.width);
      requestAnimationFrame(() => this.resize(width));
    }).observe(svg);
  }

  get last() { return Math.max(1, this.head.times[this.head.times.length - 1]); }

  x(at) { return LEFT + ((this.width - LEFT - RIGHT) * at) / this.last; }

  point(event) {
    const across = event.clientX - this.svg.getBoundingClientRect().left - LEFT;
    this.head.moveTo((across / (this.width - LEFT - RIGHT)) * this.last);
  }

  resize(width) {
    this.width = width;
    this.svg.setAttribute("viewBox", `0 0 ${width} ${this.height}`);
    this.svg.setAttribute("height", this.height);
    this.svg.replaceChildren(...this.parts());
    this.follow();
  }

  bands(phases, top, bottom) {
    return phases.map((one) => {
      const left = this.x(one.start), width = Math.max(1, this.x(one.end) - left);
      return drawn("rect", { class: `band phase-${one.colour}`, x: left, y: top, width, height: bottom - top });
    });
  }
}

/** Repetitions and phases by name, above all curves. */
export class Strip extends Plot {
  constructor(head, svg, phases, repetitions) {
    super(head, svg);
    Object.assign(this, { phases, repetitions, height: STRIP.height });
  }

  parts() {
    this.cursor = drawn("line", { class: "cursor", y1: STRIP.top - 2, y2: STRIP.height });
    const bands = this.bands(this.phases, STRIP.top, STRIP.bottom);
    bands.forEach((band, k) => band.append(drawn("title", {}, this.phases[k].label)));
    return [...bands, ...this.phases.flatMap((one) => this.named(one)), ...this.repetitions.flatMap((one) => this.numbered(one)), this.cursor];
  }

  named({ label, start, end }) {
    const room = this.x(end) - this.x(start), fits = label.length * LETTER_PX < room;
    return fits ? [drawn("text", { x: this.x((start + end) / 2), y: STRIP.bottom - 5 }, label)] : [];
  }

  numbered({ rep, start, end }) {
    const left = this.x(start) + 1, right = this.x(end) - 1;
    return [drawn("path", { class: "rep", d: `M${left} 16V14H${right}V16` }), drawn("text", { x: (left + right) / 2, y: STRIP.rep - 1 }, rep)];
  }

  follow() {
    if (this.cursor) this.cursor.setAttribute("transform", `translate(${this.x(this.head.at)} 0)`);
  }
}

/** Curves of one angle, with their values where the playhead is. */
export class Chart extends Plot {
  constructor(head, chart, phases) {
    const svg = drawn("svg", { class: "plot", role: "slider", tabindex: 0, "aria-label": document.body.dataset.position.replace("{name}", chart.title) });
    super(head, svg);
    const alone = chart.curves.length === 1;
    const seen = chart.curves.filter((curve) => curve.values.length);
    const curves = seen.map((curve) => ({ ...curve, look: alone ? "alone" : curve.side, values: Float64Array.from(curve.values, (value) => value ?? NaN) }));
    const unit = (value) => (Number.isNaN(value) ? "–" : `${this.digits(value)}${chart.unit}`);
    Object.assign(this, { chart, phases, curves, unit, height: HEIGHT, digits: written(chart.decimals) });
    this.range();
    this.frame();
    svg.addEventListener("keydown", (event) => this.key(event));
    svg.addEventListener("focus", () => this.tell());
  }

  range() {
    let low = Infinity, high = -Infinity;
    for (const { values } of this.curves) for (const value of values) { if (value < low) low = value; if (value > high) high = value; }
    // what hardly moves is not drawn as if it did
    const room = Math.max(0.08 * (high - low), (LEAST_RANGE[this.chart.unit] - high + low) / 2);
    Object.assign(this, { low: low - room, high: high + room });
  }

  frame() {
    const top = made("div", "top"), legend = made("dl", "legend");
    top.append(made("h3", "", this.chart.title), legend);
    for (const curve of this.curves) {
      const row = made("div"), name = made("dt"), sample = drawn("svg", { viewBox: "0 0 21 8", "aria-hidden": "true" });
      sample.append(drawn("path", { class: `curve ${curve.look}`, d: "M0 4H21" }));
      curve.value = made("dd");
      name.append(curve.label);
      row.append(...(curve.label ? [sample] : []), name, curve.value);
      legend.append(row);
    }
    this.element = made("div", "chart");
    this.element.append(top, this.svg);
  }

  y(value) { return TOP + ((HEIGHT - TOP - BOTTOM) * (this.high - value)) / (this.high - this.low); }

  parts() {
    this.cursor = drawn("g");
    this.cursor.append(drawn("line", { class: "cursor", y1: TOP, y2: HEIGHT - BOTTOM }));
    // the dashed one lies on the solid one, so that both are seen where they are alike
    const upwards = this.curves.toSorted((one, other) => LAYERS.indexOf(one.look) - LAYERS.indexOf(other.look));
    for (const curve of upwards) {
      curve.dot = drawn("circle", { class: `dot ${curve.look}`, r: 3.5 });
      this.cursor.append(curve.dot);
    }
    const lines = upwards.map((curve) => drawn("path", { class: `curve ${curve.look}`, d: this.path(curve.values) }));
    return [...this.bands(this.phases, TOP, HEIGHT - BOTTOM), ...this.axes(), ...lines, this.cursor];
  }

  axes() {
    const whole = written(this.high - this.low < 5 ? 1 : 0);
    const values = ticks(this.low, this.high, 4).flatMap((value) => [
      drawn("line", { class: "grid", x1: LEFT, x2: this.width - RIGHT, y1: this.y(value), y2: this.y(value) }),
      drawn("text", { x: LEFT - 5, y: this.y(value) + 4, "text-anchor": "end" }, `${whole(value)}${this.chart.unit}`),
    ]);
    const every = ticks(0, this.last / SECOND_MS, Math.max(2, Math.floor(this.width / 90)));
    const digits = written(every.length > 1 && every[1] - every[0] < 1 ? 1 : 0);
    return [...values, ...every.map((second) => drawn("text", { x: this.x(second * SECOND_MS), y: HEIGHT - 4, "text-anchor": "middle" }, `${digits(second)} s`))];
  }

  /** Of each pixel's width the first, lowest, highest and last point, in their order: the eye sees no more. */
  path(values) {
    const { times } = this.head, steps = [];
    let column = [], at = -1, open = false;
    const put = (k) => { steps.push(`${open ? "L" : "M"}${this.x(times[k]).toFixed(1)} ${this.y(values[k]).toFixed(1)}`); open = true; };
    const flush = () => { for (const k of new Set(column.sort((a, b) => a - b))) put(k); column = []; };
    for (let k = 0; k < values.length; k++) {
      if (Number.isNaN(values[k])) { flush(); open = false; at = -1; continue; }
      const here = Math.floor(this.x(times[k]));
      if (here !== at) { flush(); at = here; column = [k, k, k, k]; }
      if (values[k] < values[column[1]]) column[1] = k;
      if (values[k] > values[column[2]]) column[2] = k;
      column[3] = k;
    }
    flush();
    return steps.join("");
  }

  follow() {
    const { index, at } = this.head;
    this.cursor?.setAttribute("transform", `translate(${this.x(at)} 0)`);
    for (const curve of this.curves) {
      const value = curve.values[index], known = !Number.isNaN(value);
      curve.value.textContent = this.unit(value);
      curve.dot?.setAttribute("visibility", known ? "visible" : "hidden");
      if (known) curve.dot?.setAttribute("cy", this.y(value));
    }
    // while the film runs nobody could listen to what changes with every frame
    if (!video || video.paused) this.tell();
  }

  tell() {
    const { index, at, times } = this.head;
    const values = this.curves.map((curve) => `${curve.label} ${this.unit(curve.values[index])}`.trim());
    const now = { valuemin: 0, valuemax: times[times.length - 1], valuenow: at, valuetext: [`${seconds(at / SECOND_MS)} s`, ...values].join(", ") };
    for (const [name, value] of Object.entries(now)) this.svg.setAttribute(`aria-${name}`, value);
  }

  key(event) {
    const moves = {
      ArrowRight: () => this.head.step(1), ArrowUp: () => this.head.step(1),
      ArrowLeft: () => this.head.step(-1), ArrowDown: () => this.head.step(-1),
      PageUp: () => this.head.moveTo(this.head.at + SECOND_MS), PageDown: () => this.head.moveTo(this.head.at - SECOND_MS),
      Home: () => this.head.move(0), End: () => this.head.move(Infinity),
      " ": () => toggle(),
    };
    const move = event.ctrlKey || event.altKey || event.metaKey ? undefined : moves[event.key];
    if (!move) return;
    event.preventDefault();
    move();
  }
}
