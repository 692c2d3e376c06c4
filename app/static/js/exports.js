// How far files are, while the page is open. Without script, a reload shows the same.
"use strict";

{
  const place = document.querySelector("[data-files]");
  const EVERY = 2000;
  const living = () => [...place.querySelectorAll("[data-file]")];

  const show = (row, news) => {
    row.querySelector("[data-file-says]").lastChild.textContent = news.says;
    const bar = row.querySelector("[data-file-bar]");
    if (!bar) return;
    bar.value = news.percent;
    row.querySelector("[data-file-percent]").textContent = `${news.percent}%`;
  };
  const ask = async () => {
    if (document.hidden) return;
    const rows = living();
    const ids = rows.map((row) => row.dataset.file).join(",");
    const answer = await fetch(`${place.dataset.files}?ids=${ids}`, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const found = new Map((await answer.json()).map((news) => [String(news.id), news]));
    for (const row of rows) {
      const news = found.get(row.dataset.file);
      if (!news) continue;
      if (news.state !== row.dataset.state) {
        window.location.reload(); // another state has other buttons
        return;
      }
      show(row, news);
    }
  };
  const go = async () => {
    try {
      await ask();
    } catch {
      // a line that breaks is asked again
    }
    window.setTimeout(go, EVERY);
  };
  if (place && living().length) window.setTimeout(go, EVERY);
}
