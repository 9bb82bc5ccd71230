// One playhead for a film and whatever is drawn over its time.
import { SECOND_MS, indexAt, nearest } from "./motion-drawing.js";

const INSIDE_A_FRAME_S = 0.001;
export const video = document.getElementById("film");

/** Where the film is; whoever follows is told of each change. */
export class Playhead {
  constructor(times) {
    this.times = times;
    this.index = 0;
    this.followers = [];
  }

  get at() { return this.times[this.index]; }

  shown(index) {
    this.index = Math.max(0, Math.min(this.times.length - 1, index));
    for (const follow of this.followers) follow();
  }

  move(index) {
    this.shown(index);
    this.moved?.(this.at);
  }

  moveTo(at) { this.move(nearest(this.times, at)); }

  step(frames) { this.move(this.index + frames); }
}

/** The film and the playhead, each moved by the other. */
export class Player {
  constructor(head, slowMotion) {
    this.head = head;
    this.slowMotion = slowMotion;
    head.moved = (at) => this.seek(at);
    video.addEventListener("seeked", () => this.sought());
    // frames that are shown after the pause call nobody back
    video.addEventListener("pause", () => this.passed(video.currentTime));
    video.addEventListener("error", () => this.gone());
    if (video.error) this.gone();
    this.watch();
  }

  /** Seconds of film for one of life: the film of a slow motion is longer than what it shows. */
  get slowed() {
    const { times } = this.head, last = times.length - 1;
    const lasted = (times[last] * times.length) / (Math.max(1, last) * SECOND_MS);
    return this.slowMotion && video.duration ? Math.max(1, video.duration / lasted) : 1;
  }

  seek(at) {
    this.wanted = (at / SECOND_MS) * this.slowed + INSIDE_A_FRAME_S;
    if (!video.seeking) video.currentTime = this.wanted;
  }

  sought() {
    const behind = this.wanted !== undefined && Math.abs(video.currentTime - this.wanted) > INSIDE_A_FRAME_S;
    if (behind) video.currentTime = this.wanted;
    else if (this.wanted === undefined) this.passed(video.currentTime);
    else this.wanted = undefined;
  }

  /** Of a time between two frames the film shows the first. */
  passed(time) {
    if (this.wanted !== undefined) return;
    this.head.shown(indexAt(this.head.times, ((time + INSIDE_A_FRAME_S) / this.slowed) * SECOND_MS));
  }

  watch() {
    const again = "requestVideoFrameCallback" in video
      ? (seen) => video.requestVideoFrameCallback((_, frame) => seen(frame.mediaTime))
      : (seen) => requestAnimationFrame(() => seen(video.currentTime));
    const seen = (time) => { if (!video.paused) this.passed(time); again(seen); };
    again(seen);
  }

  gone() {
    video.hidden = true;
    document.getElementById("film-gone").hidden = false;
  }
}

export function toggle() {
  if (!video) return;
  if (video.paused) video.play().catch(unlessPaused); else video.pause();
}

// who pauses a film before it has begun to play ends its promise
function unlessPaused(error) {
  if (error.name !== "AbortError") throw error;
}
