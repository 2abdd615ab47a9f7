"use strict";
// Fills each row's list of tracks: those of the chosen cell of its confusion matrix. Names are set as text, never as HTML.
const percent = (share) => `${(100 * share).toFixed(0)} %`;

function entry(track, genres) {
  const item = document.createElement("li");
  const [name, truth, answer, confidence, run, source] = track;
  const said = truth === answer ? `${genres[truth]}, right` : `${genres[truth]}, predicted as ${genres[answer]}`;
  item.textContent = `${name}: ${said} (${percent(confidence)})${run ? `, run ${run}` : ""}`;
  if (source) {
    const player = document.createElement("audio");
    player.controls = true;
    player.preload = "none";
    player.src = source;
    item.append(player);
  }
  return item;
}

function show(list, tracks, genres) {
  list.replaceChildren(...tracks.map((track) => entry(track, genres)));
}

for (const box of document.querySelectorAll("[data-row]")) {
  const { genres, tracks, most } = JSON.parse(box.querySelector("script").textContent);
  const mistakes = tracks.filter((track) => track[1] !== track[2]).sort((a, b) => b[3] - a[3]);
  show(box.querySelector(".mistakes"), mistakes.slice(0, most), genres);
  const list = box.querySelector(".cell");
  const heading = box.querySelector(".cell-name");
  for (const button of box.querySelectorAll(".matrix button")) {
    button.addEventListener("click", () => {
      const [truth, answer] = button.dataset.cell.split(",").map(Number);
      for (const other of box.querySelectorAll(".matrix button")) other.setAttribute("aria-pressed", other === button);
      const chosen = tracks.filter((track) => track[1] === truth && track[2] === answer).sort((a, b) => b[3] - a[3]);
      heading.textContent = `${genres[truth]} predicted as ${genres[answer]}: ${chosen.length}`;
      show(list, chosen, genres);
    });
  }
}
