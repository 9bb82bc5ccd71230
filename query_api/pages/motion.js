// The page of a session: its film, its curves, its phases, and what on it jumps to a place in the film.
import { SECOND_MS, drawn, made, seconds } from "./motion-drawing.js";
import { Player, Playhead, toggle, video } from "./motion-player.js";
import { Chart, Strip } from "./motion-plots.js";

const COLOURS = 7;
const said = document.body.dataset;

/** From the first to the last phase of each repetition. */
function repetitionsOf(phases) {
  const spans = new Map();
  for (const { rep, start, end } of phases) {
    const span = spans.get(rep);
    spans.set(rep, span ? { rep, start: Math.min(span.start, start), end: Math.max(span.end, end) } : { rep, start, end });
  }
  return [...spans.values()];
}

function coloured(phases) {
  const names = [...new Set(phases.map((one) => one.name))];
  return phases.map((one) => ({ ...one, colour: names.indexOf(one.name) % COLOURS }));
}

function keyed(phases) {
  const key = document.getElementById("key");
  for (const one of new Map(phases.map((phase) => [phase.name, phase])).values()) {
    const row = made("li"), sample = drawn("svg", { viewBox: "0 0 10 10", "aria-hidden": "true" });
    sample.append(drawn("rect", { class: `band phase-${one.colour}`, width: 10, height: 10, rx: 2 }));
    row.append(sample, one.label);
    key.append(row);
  }
}

function transported(head, phases) {
  const by = (id) => document.getElementById(id);
  by("transport").hidden = false;
  by("back").addEventListener("click", () => head.step(-1));
  by("forward").addEventListener("click", () => head.step(1));
  by("play")?.addEventListener("click", toggle);
  by("whole")?.addEventListener("click", () => (video.requestFullscreen ?? video.webkitEnterFullscreen).call(video));
  by("speed")?.addEventListener("change", (event) => { video.playbackRate = event.target.value; });
  const scrub = by("scrub");
  scrub.max = head.times.length - 1;
  scrub.addEventListener("input", () => head.move(Number(scrub.value)));
  const total = seconds(head.times[head.times.length - 1] / SECOND_MS);
  head.followers.push(() => {
    scrub.value = head.index;
    scrub.setAttribute("aria-valuetext", `${seconds(head.at / SECOND_MS)} s`);
    by("time").textContent = `${seconds(head.at / SECOND_MS)} / ${total} s`;
    const now = phases.findLast((one) => one.start <= head.at && head.at <= one.end);
    by("phase").textContent = now ? `${said.repetition.replace("{n}", now.rep)} · ${now.label}` : "";
  });
}

/** The film without the browser's controls, which hide the feet; while it fills the screen there are no others. */
function controlled() {
  video.controls = false;
  video.addEventListener("click", toggle);
  video.addEventListener("fullscreenchange", () => { video.controls = document.fullscreenElement === video; });
  const play = document.getElementById("play"), names = [play.getAttribute("aria-label"), play.dataset.pause];
  for (const [event, name] of [["play", names[1]], ["pause", names[0]]]) {
    video.addEventListener(event, () => { play.setAttribute("aria-label", name); play.classList.toggle("playing", event === "play"); });
  }
}

function jumping(head) {
  for (const button of document.querySelectorAll("[data-at]")) {
    button.addEventListener("click", () => {
      head.moveTo(Number(button.dataset.at));
      document.querySelector(".stage").scrollIntoView({ block: "start" });
    });
  }
}

async function load() {
  const answer = await fetch(said.curves, { cache: "no-store" });
  if (!answer.ok) throw new Error(`the curves answered ${answer.status}`);
  const found = await answer.json();
  const head = new Playhead(Float64Array.from(found.times)), phases = coloured(found.phases);
  const charts = document.getElementById("charts"), strip = drawn("svg", { "aria-hidden": "true" });
  if (video) { new Player(head, found.slow_motion); controlled(); }
  if (phases.length) { new Strip(head, strip, phases, repetitionsOf(phases)); document.getElementById("strip").append(strip); }
  keyed(phases);
  charts.append(...found.charts.map((chart) => new Chart(head, chart, phases).element));
  document.getElementById("unseen").textContent = found.unseen;
  transported(head, phases);
  jumping(head);
  charts.hidden = found.charts.length === 0;
  document.getElementById("loading").hidden = true;
  head.shown(0);
}

load().catch((error) => {
  document.getElementById("loading").textContent = said.notLoaded;
  console.error(error);
});
