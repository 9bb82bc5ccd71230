// How far an analysis is, asked for every few seconds; the page is loaded anew once there is something else to show.
"use strict";
const AGAIN_MS = 3000;
const { curves, status, progress } = document.body.dataset;

async function look() {
  const answer = await fetch(curves, { cache: "no-store" });
  if (!answer.ok) return location.reload();
  const now = await answer.json();
  if (now.status !== status) return location.reload();
  document.getElementById("progress").value = now.progress;
  const said = progress.replace("{n}", now.progress);
  const done = document.getElementById("done");
  if (done.textContent !== said) done.textContent = said;
  setTimeout(look, AGAIN_MS);
}

// without a network one tries again; whatever else is wrong the reloaded page says
const watch = () => look().catch(() => setTimeout(watch, AGAIN_MS));
setTimeout(watch, AGAIN_MS);
