// The page: a recording goes to the server, its answer is shown. Names are set as text, never as HTML.
import { clock, drawAxis, drawOutline, drawTimeline } from "./draw.js";
import { record } from "./record.js";

const MB = 1e6;
const by = (id) => document.getElementById(id);
const percent = (share) => `${Math.round(100 * share)} %`;
const [drop, player, score] = [by("drop"), by("player"), by("score")];
let largest = Infinity; // MB, as the server says
let shown = null; // the answer on the page
let asking = null; // what can be given up where another recording comes
let followed = 0; // s: the place that is shown

function element(name, text = "", kind = "") {
  const made = document.createElement(name);
  made.textContent = text;
  made.className = kind;
  return made;
}

function say(text, wrong = false) {
  by("status").textContent = text;
  by("status").className = wrong ? "wrong" : "";
}

// Asking

async function listen(file) {
  asking?.abort();
  asking = new AbortController();
  const { signal } = asking;
  player.pause();
  by("result").hidden = true;
  if (!file.size) return say(`${file.name}: the file is empty.`, true);
  if (file.size > largest * MB) return say(`${file.name}: larger than ${largest} MB: cut it, or start the page with a higher largest=MB.`, true);
  say(`Listening to ${file.name} …`);
  try {
    const reply = await fetch("/hear", { method: "POST", body: file, signal });
    const answer = await reply.json().catch(() => ({ error: "the program failed; its terminal says why" }));
    if (!reply.ok) return say(`${file.name}: ${answer.error}.`, true);
    say("");
    show(file, answer);
  } catch (error) {
    if (error.name !== "AbortError") say(`${file.name}: the program does not answer; is it still running?`, true);
  }
}

// Showing

function show(file, answer) {
  shown = answer;
  by("result").hidden = false;
  by("title").textContent = file.name;
  by("about").textContent = [clock(answer.seconds), answer.about].filter(Boolean).join(" · ");
  by("answers").replaceChildren(...answer.runs.map(card));
  by("timelines").replaceChildren(...answer.runs.filter((run) => !run.error).flatMap(lane));
  by("unplayable").hidden = true;
  player.hidden = false;
  URL.revokeObjectURL(player.src);
  player.src = URL.createObjectURL(file);
  score.setAttribute("aria-valuemax", Math.round(answer.seconds));
  draw();
  follow(0);
}

function card(run) {
  const box = element("section", "", run.doubt ? "answer doubted" : "answer");
  box.append(element("h3", run.name), element("p", run.place, "soft"));
  if (run.error) box.append(element("p", `No prediction: ${run.error}.`, "error"));
  if (run.doubt) box.append(element("p", `${run.doubt}: ${run.why}.`, "doubt"));
  const list = element("ol");
  const genres = run.genres ?? [];
  const worth = genres.filter((genre, place) => place < 3 || genre.probability >= 0.005);
  for (const genre of worth) {
    const bar = element("span", "", "bar");
    bar.style.width = `${100 * genre.probability}%`;
    bar.style.background = genre.colour;
    const line = element("li");
    line.append(element("span", genre.name), bar, element("span", percent(genre.probability)));
    list.append(line);
  }
  box.append(list);
  const rest = genres.slice(worth.length).map((genre) => genre.name);
  if (rest.length) box.append(element("p", `Below 1 %: ${rest.join(", ")}`, "soft"));
  return box;
}

// A run's name where several answer, with its folder if another one is called the same.
function called(run) {
  const alike = shown.runs.filter((each) => each.name === run.name);
  return alike.length > 1 ? `${run.name} (${run.place})` : run.name;
}

function lane(run) {
  const canvas = element("canvas", "", "timeline");
  return [element("p", shown.runs.length > 1 ? called(run) : "", "lane"), canvas];
}

function draw() {
  if (!shown) return;
  drawOutline(by("wave"), shown.outline);
  const canvases = score.querySelectorAll(".timeline");
  shown.runs.filter((run) => !run.error).forEach((run, place) => drawTimeline(canvases[place], run, shown.seconds));
  drawAxis(by("axis"), shown.seconds);
}

// What each run hears at a time, in words.
function heardAt(run, time) {
  const atItsEnd = time >= shown.seconds && run.times.at(-1) >= shown.seconds; // which the last row is heard to
  const row = atItsEnd ? run.probabilities.length - 1 : run.times.findLastIndex((start) => start <= time);
  const shares = run.probabilities[row];
  if (row >= run.probabilities.length) return "not used: the rest is shorter than a segment";
  if (!shares) return "silence";
  const ranked = shares.map((share, place) => [share, run.genres[place].name]).sort((a, b) => b[0] - a[0]);
  return ranked.slice(0, 3).map(([share, name]) => `${name} ${percent(share)}`).join(", ");
}

function follow(time) {
  followed = time;
  by("playhead").style.left = `${(100 * Math.min(time, shown.seconds)) / shown.seconds}%`;
  const able = shown.runs.filter((run) => !run.error);
  const lines = able.map((run) => (able.length > 1 ? `${called(run)}: ` : "") + heardAt(run, time));
  by("readout").textContent = `At ${clock(time)}${able.length > 1 ? "\n" : ": "}${lines.join("\n")}`;
  score.setAttribute("aria-valuenow", Math.round(time));
  score.setAttribute("aria-valuetext", by("readout").textContent);
}

function playFrom(time) {
  follow(time);
  if (player.hidden) return;
  player.currentTime = time;
  player.play().catch(() => {}); // what cannot be played says so for itself
}

// What is done with the page

score.addEventListener("click", (event) => {
  const { left, width } = score.getBoundingClientRect();
  playFrom(Math.max(0, Math.min(0.999, (event.clientX - left) / width)) * shown.seconds);
});
score.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -5, ArrowDown: -5, ArrowRight: 5, ArrowUp: 5 }[event.key];
  if (step) playFrom(Math.max(0, Math.min(shown.seconds, followed + step)));
  else if (event.key === " ") player.paused ? player.play() : player.pause();
  else return;
  event.preventDefault();
});
player.addEventListener("timeupdate", () => shown && follow(player.currentTime));
player.addEventListener("error", () => {
  by("unplayable").hidden = false;
  player.hidden = true;
});
by("file").addEventListener("change", (event) => {
  if (event.target.files.length) listen(event.target.files[0]);
  event.target.value = ""; // the same file can be chosen again
});
for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
  window.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.classList.toggle("over", kind === "dragenter" || kind === "dragover");
  });
}
window.addEventListener("drop", (event) => {
  const { items: [item], files: [file] } = event.dataTransfer;
  if (item?.webkitGetAsEntry()?.isDirectory) say("A folder cannot be dropped: drop one recording, or choose it.", true);
  else if (file) listen(file);
  else say("No file was dropped: drop one recording, or choose it.", true);
});
new ResizeObserver(draw).observe(score);

let stop = null; // ends a recording
by("record").addEventListener("click", async () => {
  const button = by("record");
  button.disabled = true;
  try {
    if (stop) {
      const ended = stop;
      stop = null;
      clearInterval(button.ticking);
      listen(await ended());
    } else {
      say("The browser asks for permission to use the microphone …");
      stop = await record();
      const since = Date.now();
      const tick = () => say(`Recording: ${clock((Date.now() - since) / 1000)}. Stop it to hear the genre.`);
      button.ticking = setInterval(tick, 500);
      tick();
    }
  } catch (error) {
    say(`The microphone cannot be used (${error.message}): allow it for this page, or choose a file.`, true);
  }
  button.disabled = false;
  button.textContent = stop ? "Stop" : "Record";
  button.classList.toggle("on", Boolean(stop));
});

const about = await (await fetch("/about")).json();
largest = about.largest;
by("asked").textContent = `Predicted by: ${about.runs.map((run) => `${run.name} (${run.place})`).join("; ")}`;
