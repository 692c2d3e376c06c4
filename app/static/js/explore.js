// The exploring page: the chart is drawn from the table in the page, so both always say the same.
"use strict";

const canvas = document.querySelector("canvas[data-table]");
const narrow = window.matchMedia("(max-width: 767.98px)").matches;
const language = document.documentElement.lang;
const format = new Intl.NumberFormat(`${language}-u-nu-latn`, { maximumFractionDigits: 2 });
// The colours of the reported charts; slices take them in turn.
const INDIGO = "#23478A", BELOW = "#A65A1E", INK = "#1A2233", LINE = "#D9DDE2";
const SLICES = ["#23478A", "#176A63", "#A65A1E", "#7440A3", "#86C2BB", "#E5C48F", "#9DBCE6", "#465066"];

function rowsOf(table, column) {
  return [...table.tBodies[0].rows].map((row) => {
    const { dataset, textContent } = row.cells[column];
    const value = dataset.value === undefined ? null : Number(dataset.value);
    return { label: row.cells[0].textContent.trim(), value, said: textContent.trim() };
  });
}

function short(label, room) {
  return label.length > room ? `${label.slice(0, room - 1)}…` : label;
}

// Paper, not glass, behind the chart; and each figure beside what it measures.
const paper = {
  id: "paper",
  beforeDraw(chart) {
    chart.ctx.save();
    chart.ctx.fillStyle = "#FFFFFF";
    chart.ctx.fillRect(0, 0, chart.width, chart.height);
    chart.ctx.restore();
  },
};
const figures = {
  id: "figures",
  afterDatasetsDraw(chart) {
    const { ctx, config } = chart;
    if (config.type === "doughnut" || chart.data.labels.length > (config.type === "line" ? 20 : 400)) return;
    const lies = chart.options.indexAxis === "y";
    ctx.save();
    ctx.fillStyle = INK;
    ctx.font = `600 14px ${Chart.defaults.font.family}`;
    ctx.textAlign = lies ? "left" : "center";
    ctx.textBaseline = lies ? "middle" : "bottom";
    chart.getDatasetMeta(0).data.forEach((shape, place) => {
      const value = chart.data.datasets[0].data[place];
      if (value === null) return;
      const text = chart.data.datasets[0].said[place];
      const beyond = lies && value < 0 ? -ctx.measureText(text).width - 6 : 6;
      if (lies) ctx.fillText(text, shape.x + beyond, shape.y);
      else ctx.fillText(text, shape.x, value < 0 ? shape.y + 20 : shape.y - 6);
    });
    ctx.restore();
  },
};

function optionsOf(look, rows, unit, most) {
  const lies = look === "bar" && (narrow || rows.length > 6);
  const room = narrow ? 14 : 44;
  const values = {
    beginAtZero: true,
    max: most,
    grace: most ? 0 : "12%",
    grid: { color: LINE },
    ticks: { color: INK, callback: (value) => format.format(value) },
    title: { display: Boolean(unit), text: unit, color: INK },
  };
  const names = {
    grid: { display: false },
    ticks: { color: INK, autoSkip: !lies, maxRotation: 60, callback: (_, place) => short(rows[place].label, lies ? room : Math.max(14, Math.floor(110 / rows.length))) },
  };
  return {
    animation: false,
    maintainAspectRatio: false,
    indexAxis: lies ? "y" : "x",
    layout: { padding: { right: lies ? 56 : 8, top: 22, left: lies && rows.some((row) => row.value < 0) ? 24 : 0 } },
    scales: look === "doughnut" ? {} : { [lies ? "x" : "y"]: values, [lies ? "y" : "x"]: names },
    plugins: {
      legend: { display: look === "doughnut", position: narrow ? "bottom" : "right", labels: { color: INK, generateLabels: slices } },
      tooltip: { callbacks: { label: (item) => ` ${item.dataset.said[item.dataIndex]} ${unit}` } },
    },
  };
}

// A slice is named with its figure and its share: colour alone tells nothing.
function slices(chart) {
  const [{ data, said, backgroundColor }] = chart.data.datasets;
  const whole = data.reduce((sum, value) => sum + value, 0);
  return chart.data.labels.map((label, index) => ({
    text: `${short(label, narrow ? 22 : 40)} · ${said[index]} (${whole ? Math.round((data[index] * 100) / whole) : 0}%)`,
    fillStyle: backgroundColor[index],
    strokeStyle: "#FFFFFF",
    fontColor: INK,
    index,
  }));
}

function draw() {
  const { look, column, unit, most } = canvas.dataset;
  const rows = rowsOf(document.getElementById(canvas.dataset.table), Number(column));
  const options = optionsOf(look, rows, unit, most && Number(most));
  const colours = rows.map((row, place) => (look === "doughnut" ? SLICES[place % SLICES.length] : row.value < 0 ? BELOW : INDIGO));
  const height = options.indexAxis === "y" ? 70 + 30 * rows.length : narrow ? 420 : 460;
  canvas.parentElement.style.height = `${height}px`;
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  Chart.defaults.font.size = 15;
  return new Chart(canvas, {
    type: look,
    plugins: [paper, figures],
    data: {
      labels: rows.map((row) => row.label),
      datasets: [
        {
          data: rows.map((row) => row.value),
          said: rows.map((row) => row.said),
          backgroundColor: colours,
          borderColor: look === "line" ? INDIGO : "#FFFFFF",
          borderWidth: look === "line" ? 3 : look === "doughnut" ? 2 : 0,
          pointRadius: 5,
          maxBarThickness: 46,
        },
      ],
    },
    options,
  });
}

// The picture says what it shows and where its figures come from.
function picture(chart) {
  const scale = chart.currentDevicePixelRatio;
  const source = canvas.dataset.source.split("\n");
  const sheet = document.createElement("canvas");
  sheet.width = canvas.width;
  sheet.height = canvas.height + (48 + 24 * source.length) * scale;
  const ctx = sheet.getContext("2d");
  ctx.fillStyle = "#FFFFFF";
  ctx.fillRect(0, 0, sheet.width, sheet.height);
  ctx.drawImage(canvas, 0, 40 * scale);
  ctx.scale(scale, scale);
  const width = sheet.width / scale - 20;
  ctx.fillStyle = INK;
  ctx.font = `600 19px ${Chart.defaults.font.family}`;
  ctx.fillText(canvas.dataset.title, 10, 28, width);
  ctx.font = `14px ${Chart.defaults.font.family}`;
  source.forEach((line, place) => ctx.fillText(line, 10, canvas.height / scale + 62 + 24 * place, width));
  return sheet;
}

if (canvas) {
  let chart;
  // The page's own letters must be there before the first word is measured.
  document.fonts.ready.then(() => {
    chart = draw();
  });
  document.querySelector("[data-png]").addEventListener("click", (event) => {
    const link = document.createElement("a");
    link.download = event.currentTarget.dataset.png;
    picture(chart).toBlob((blob) => {
      link.href = URL.createObjectURL(blob);
      link.click();
      URL.revokeObjectURL(link.href);
    });
  });
}
